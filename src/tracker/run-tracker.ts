/**
 * The tracker as a command: says where it listens, logs, and closes cleanly on `quit` on its
 * standard input, SIGINT or SIGTERM. A closed standard input alone never stops it, because a
 * service has none. Owns its signal handlers and takes them off again.
 */
import { createInterface } from 'node:readline';
import { ExitStatus } from '../net/errors.js';
import { formatLogEntry, type LogFormat } from './log.js';
import { startTracker, type TrackerOptions } from './tracker.js';

export type RunTrackerOptions = Omit<TrackerOptions, 'log'> & { readonly logFormat: LogFormat };

/** What the command reads from and writes to. */
export interface TrackerIo {
  readonly stdin: NodeJS.ReadableStream & { unref?: () => void };
  /** Gets the one line that says the tracker is ready. */
  readonly stdout: NodeJS.WritableStream;
  /** Gets the log. */
  readonly stderr: NodeJS.WritableStream;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs a tracker until it is told to stop; resolves to the exit status. */
export async function runTracker(options: RunTrackerOptions, io: TrackerIo): Promise<number> {
  const { logFormat, ...rest } = options;
  const log: TrackerOptions['log'] = (entry) =>
    void io.stderr.write(`${formatLogEntry(entry, logFormat, new Date())}\n`);
  // Listening for the end first: a signal may come at any moment from here on.
  const end = new EndOfRun(io.stdin);
  try {
    const tracker = await startTracker({ ...rest, log });
    const { host, port } = tracker.address;
    const figures = tracker.metricsAddress;
    if (figures) {
      const address = hostPort(figures.host, figures.port);
      log({ level: 'info', event: 'figures are on an address of their own', fields: { address } });
    }
    io.stdout.write(`tracker listening on ${hostPort(host, port)}, identity ${tracker.deviceId}\n`);
    const reason = await end.reason;
    log({ level: 'info', event: 'closing', fields: { reason } });
    await tracker.close();
    return ExitStatus.ok;
  } finally {
    end.release();
  }
}

/** Waits for the first thing that ends a run. */
class EndOfRun {
  readonly reason: Promise<string>;
  readonly #lines: ReturnType<typeof createInterface>;
  readonly #stdin: TrackerIo['stdin'];
  readonly #onSignal: (signal: NodeJS.Signals) => void;

  constructor(stdin: TrackerIo['stdin']) {
    this.#stdin = stdin;
    const { promise, resolve } = withResolvers<string>();
    this.reason = promise;
    this.#onSignal = resolve;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    this.#lines = createInterface({ input: stdin, terminal: false });
    this.#lines.on('line', (line) => {
      if (line.trim() === 'quit') resolve('quit');
    });
    // A standard input that cannot be read is as good as a closed one.
    stdin.on('error', () => undefined);
  }

  release(): void {
    for (const signal of SIGNALS) process.off(signal, this.#onSignal);
    this.#lines.close();
    this.#stdin.pause();
    this.#stdin.unref?.();
  }
}

function withResolvers<T>(): { promise: Promise<T>; resolve: (value: T) => void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((settle) => (resolve = settle));
  return { promise, resolve };
}

function hostPort(host: string, port: number): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
