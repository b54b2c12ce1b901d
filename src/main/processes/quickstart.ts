/** `quickstart`: shows the whole product on this machine and leaves nothing behind. */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { ExitStatus, toStorageError, UsageError } from '../../net/errors.js';
import { textOption, type Given } from '../cli/command.js';
import { ChildProcesses } from '../quickstart/child-processes.js';
import { shownLine } from '../terminal/shown-line.js';
import type { ProcessContext } from '../cli/process-context.js';
import {
  formatDuration,
  parseCount,
  parsePeerTransport,
  parseSize,
} from '../terminal/quantities.js';
import { Quickstart, type QuickstartOptions } from '../quickstart/quickstart.js';
import { untilAborted } from '../../net/until-aborted.js';

const DEFAULT_SIZE = '256MiB';
const DEFAULT_PEER_COUNT = '3';
/** Each is a process with threads of its own; more than this shows nothing more. */
const MAX_PEER_COUNT = 16;

export async function run(context: ProcessContext, given: Given): Promise<number> {
  const { environment, signal, out, loudness } = context;
  const options = await optionsOf(given, environment.cwd);
  const folder = await makeFolder();
  const children = new ChildProcesses({ isForPrograms: out.isJson });
  const { stdout, stderr } = environment;
  // A program gets one value; what happens meanwhile is for people.
  const told = out.isJson ? stderr : stdout;
  const say = (line: string): void => {
    if (loudness !== 'quiet') told.write(`${shownLine(line)}\n`);
  };
  const startedMs = performance.now();
  try {
    await mkdir(join(folder, 'downloads'));
    const quickstart = new Quickstart(options, {
      folder,
      children,
      env: environment.env,
      say,
      signal,
    });
    await untilAborted(signal, quickstart.run());
  } finally {
    await children.closeAll();
    await rm(folder, { recursive: true, force: true });
  }
  const elapsedMs = performance.now() - startedMs;
  if (out.isJson) out.result({ elapsedMs }, []);
  const elapsed = formatDuration(elapsedMs);
  say(`Done in ${elapsed}; every process is stopped and the temporary folder removed.`);
  // From a clone nothing is installed, and `p2p` alone is no command there.
  const command = environment.env['npm_lifecycle_event'] === undefined ? 'p2p' : 'npx p2p';
  say(`Your turn: ${command} --help lists all commands.`);
  return ExitStatus.ok;
}

async function makeFolder(): Promise<string> {
  const start = join(tmpdir(), 'p2p-quickstart-');
  return mkdtemp(start).catch((error: unknown) => {
    throw toStorageError(error, `cannot make a folder in ${tmpdir()}`, 'create');
  });
}

async function optionsOf(given: Given, cwd: string): Promise<QuickstartOptions> {
  const file = given.args['file'] === undefined ? undefined : resolve(cwd, given.args['file']);
  if (file !== undefined) await requireFile(file);
  const peers = textOption(given, 'peers') ?? DEFAULT_PEER_COUNT;
  return {
    ...(file === undefined ? {} : { file }),
    size: parseSize(textOption(given, 'size') ?? DEFAULT_SIZE),
    peerCount: parseCount(peers, 'a number of peers', 1, MAX_PEER_COUNT),
    peerTransport: parsePeerTransport(textOption(given, 'peer-transport') ?? 'tls'),
  };
}

async function requireFile(path: string): Promise<void> {
  const stats = await stat(path).catch((error: unknown) => {
    throw toStorageError(error, `cannot read ${path}`, 'read');
  });
  if (!stats.isFile()) throw new UsageError(`${path} is not a file; name a file`, 'NOT_A_FILE');
}
