/**
 * One transfer with the real processes and the ordinary commands: a tracker, a peer that
 * serves, a newcomer that downloads. The same walk as `quickstart`, without words.
 */
import { randomBytes } from 'node:crypto';
import { mkdir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { StorageError } from '../../net/errors.js';
import type { PeerTransport } from '../../net/tracker-api.js';
import type { DownloadSummary } from '../api/progress.js';
import type { ChildProcesses } from '../quickstart/child-processes.js';
import { areSameBytes } from '../quickstart/sample-file.js';

const GROUP = 'bench';
const SHARER = 'alice';
const NEWCOMER = 'zoe';

/** What came of it. */
export interface TrialTransfer {
  readonly transport: PeerTransport;
  /** From the first peer being ready to the last verified piece. */
  readonly bytesPerSecond: number;
  /** The whole command, from its start to its end. */
  readonly commandMs: number;
  readonly phasesMs: DownloadSummary['phasesMs'];
}

export interface TrialOptions {
  readonly transport: PeerTransport;
  readonly file: string;
  readonly size: number;
  /** Its own, not there yet. */
  readonly folder: string;
  readonly children: ChildProcesses;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
}

/** Runs one transfer and compares the bytes; the processes that stay are the caller's to end. */
export async function trialTransfer(options: TrialOptions): Promise<TrialTransfer> {
  const { transport, file, size, folder, children, signal } = options;
  const password = randomBytes(12).toString('base64url');
  let tracker = '';
  const setup = (user: string, args: readonly string[]) => {
    signal.throwIfAborted();
    const own = { P2P_HOME: join(folder, user), P2P_PASSWORD: password, P2P_TRACKER: tracker };
    return { args, env: { ...options.env, ...own } };
  };
  const run = (user: string, ...args: string[]) => children.run(setup(user, args));
  await mkdir(join(folder, 'out'), { recursive: true });
  const start = ['tracker', '127.0.0.1', '0', '--peer-transport', transport];
  tracker = addressIn(await children.start(setup('tracker', start)));
  for (const user of [SHARER, NEWCOMER]) {
    await run(user, 'create-user', user);
    await run(user, 'login', user);
  }
  await run(SHARER, 'create-group', GROUP);
  await run(NEWCOMER, 'join', GROUP);
  await run(SHARER, 'accept', GROUP, NEWCOMER);
  await run(SHARER, 'upload', file, GROUP, '--quiet');
  await children.start(setup(SHARER, ['serve', '--host', '127.0.0.1']));
  const destination = join(folder, 'out', basename(file));
  const startedMs = performance.now();
  const words = ['download', GROUP, basename(file), destination, '--host', '127.0.0.1'];
  const report = await run(NEWCOMER, ...words, '--quiet', '--json');
  const commandMs = performance.now() - startedMs;
  if (!(await areSameBytes(file, destination, signal))) {
    throw new StorageError('VERIFICATION_FAILED', 'the download differs from the original');
  }
  const { files } = JSON.parse(report) as { files: [DownloadSummary] };
  const { phasesMs } = files[0];
  const bytesPerSecond = (size * 1000) / Math.max(phasesMs.transfer, 1);
  return { transport, bytesPerSecond, commandMs, phasesMs };
}

function addressIn(line: string): string {
  const port = /:(\d+)\b/.exec(line)?.[1];
  if (port === undefined) throw new StorageError('IO_ERROR', `the tracker said "${line}"`);
  return `127.0.0.1:${port}`;
}
