/**
 * A tracker of this process for as long as it shares: of the home's own data, at the port where it was
 * last, else at the usual one, else at any. Owns it until `close`.
 */
import { once } from 'node:events';
import { stat } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { PassThrough } from 'node:stream';
import { P2pError, StorageError, toStorageError } from '../../net/errors.js';
import type { ExpectedTracker } from '../api/invite-link.js';
import type { Parts, TrackerLaunch } from '../cli/process-context.js';
import type { Environment } from '../terminal/environment.js';
import { DEFAULT_TRACKER_PORT } from '../terminal/tracker-address.js';

/** Words that end a tracker, on its standard input. */
const QUIT = 'quit\n';
/** Accounts that come by a link may all be of one office. */
const ACCOUNTS_PER_DAY = 1_000;

export class OwnTracker {
  /** Where it listens, on all addresses of this machine. */
  readonly port: number;
  readonly identity: ExpectedTracker;
  readonly #stdin: PassThrough;
  readonly #ended: Promise<unknown>;

  private constructor(
    { port, deviceId }: { port: number; deviceId: string },
    stdin: PassThrough,
    ended: Promise<unknown>,
  ) {
    this.port = port;
    this.identity = { how: 'key', deviceId };
    this.#stdin = stdin;
    this.#ended = ended;
  }

  /** @throws P2pError as `p2p tracker` does */
  static async start(
    runTracker: Parts['runTracker'],
    environment: Environment,
    { dataDir, lastPort }: { dataDir: string; lastPort: number | undefined },
  ): Promise<OwnTracker> {
    const ports = lastPort === undefined ? [DEFAULT_TRACKER_PORT, 0] : [lastPort];
    let failure: P2pError | undefined;
    for (const port of ports) {
      for (const host of ['::', '0.0.0.0']) {
        try {
          return await OwnTracker.#startAt(runTracker, environment, { dataDir, host, port });
        } catch (error) {
          if (!(error instanceof P2pError)) throw error;
          if (!error.code.startsWith('ADDRESS_')) throw error;
          failure = error;
        }
      }
    }
    throw failure!;
  }

  static async #startAt(
    runTracker: Parts['runTracker'],
    environment: Environment,
    where: Pick<TrackerLaunch, 'dataDir' | 'host' | 'port'>,
  ): Promise<OwnTracker> {
    const [stdin, stdout, stderr] = [new PassThrough(), new PassThrough(), new PassThrough()];
    // Its log is for operators, and nobody operates it.
    stderr.resume();
    const launch = { ...where, peerTransport: 'tls', logFormat: 'text' } as const;
    const bounds = { accountsPerDay: ACCOUNTS_PER_DAY };
    const ended = runTracker({ ...launch, ...bounds }, { ...environment, stdin, stdout, stderr });
    const early = ended.then(() => Promise.reject(notStarted('it ended at once')));
    const [line] = (await Promise.race([
      once(createInterface({ input: stdout }), 'line'),
      early,
    ])) as [string];
    // Once it runs, its end is no failure of the start.
    early.catch(() => undefined);
    const [, port, deviceId] = /:(\d+), identity ([0-9a-f]{64})$/.exec(line) ?? [];
    if (port === undefined || deviceId === undefined) throw notStarted(`it said "${line}"`);
    return new OwnTracker({ port: Number(port), deviceId }, stdin, ended);
  }

  /** Ends it; idempotent. */
  async close(): Promise<void> {
    if (!this.#stdin.writableEnded) this.#stdin.end(QUIT);
    await this.#ended;
  }
}

/** Whether a tracker of this home has run before. @throws StorageError */
export async function wasHere(dataDir: string): Promise<boolean> {
  try {
    return (await stat(dataDir)).isDirectory();
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw toStorageError(error, `cannot look at the tracker's data folder ${dataDir}`, 'read');
  }
}

function notStarted(why: string): StorageError {
  return new StorageError('IO_ERROR', `the tracker of this share did not start: ${why}`);
}
