/**
 * The tracker as a command: says where it listens, logs, and closes cleanly on `quit` on its
 * standard input, SIGINT or SIGTERM; SIGHUP has it read its certificate again. A closed standard input alone never stops it, because a
 * service has none. Owns its signal handlers and takes them off again.
 */
import { createInterface } from 'node:readline';
import { crash, detach } from '../net/detach.js';
import { ExitStatus, P2pError, type StorageError } from '../net/errors.js';
import { formatLogEntry, type LogEntry, type LogFormat } from './log.js';
import { LogStream } from './log-stream.js';
import { startTracker, type Tracker, type TrackerOptions } from './tracker.js';

export type RunTrackerOptions = Omit<TrackerOptions, 'log'> & {
  readonly logFormat: LogFormat;
  /** Nothing is said and logged but errors. @default false */
  readonly isQuiet?: boolean;
  /** Hears once where it listens, for people. */
  readonly onListening?: (line: string) => void;
};

/** What the command reads from and writes to. */
export interface TrackerIo {
  readonly stdin: NodeJS.ReadableStream & { unref?: () => void };
  /** Gets the line that says the tracker is ready, and answers to what is typed. */
  readonly stdout: NodeJS.WritableStream;
  /** Gets the log. */
  readonly stderr: NodeJS.WritableStream;
}

const SIGNALS = ['SIGINT', 'SIGTERM'] as const;

/** Runs a tracker until it is told to stop; resolves to the exit status. @throws StorageError when its disk has failed */
export async function runTracker(options: RunTrackerOptions, io: TrackerIo): Promise<number> {
  const { logFormat, isQuiet = false, onListening, ...rest } = options;
  const stream = new LogStream(io.stderr, logFormat, () => new Date());
  const log: TrackerOptions['log'] = (entry) => {
    if (!isQuiet || entry.level === 'error') stream.write(entry);
  };
  const say = (text: string, entry: LogEntry): void => {
    if (isQuiet) return;
    const line = logFormat === 'json' ? formatLogEntry(entry, logFormat, new Date()) : text;
    io.stdout.write(`${line}\n`);
  };
  io.stdout.on('error', () => undefined);
  // Listening for the end first: a signal may come at any moment from here on.
  const end = new EndOfRun(io.stdin, () => {
    say('unknown word; "quit" stops the tracker', { level: 'warn', event: 'unknown word' });
  });
  try {
    let failure: StorageError | undefined;
    const onLost = (error: StorageError): void => {
      failure ??= error;
      log({ level: 'error', event: 'the disk failed', fields: { reason: error.message } });
      end.now('the disk failed');
    };
    const tracker = await startTracker({ ...rest, log, onLost });
    const { host, port } = tracker.address;
    const figures = tracker.metricsAddress;
    if (figures) {
      const address = hostPort(figures.host, figures.port);
      log({ level: 'info', event: 'figures are on an address of their own', fields: { address } });
    }
    const [address, identity] = [hostPort(host, port), tracker.deviceId];
    const listening = `tracker listening on ${address}, identity ${identity}`;
    onListening?.(listening);
    say(listening, {
      level: 'info',
      event: 'listening',
      fields: { address, identity },
    });
    const stopListening = onHangUp(() => detach(() => reread(tracker, log), crash));
    const reason = await end.reason.finally(stopListening);
    log({ level: 'info', event: 'closing', fields: { reason } });
    await tracker.close();
    if (failure) throw failure;
    return ExitStatus.ok;
  } finally {
    end.release();
  }
}

/**
 * SIGHUP asks a service to read its files again; a terminal that is closed sends it too, and ends the process besides.
 * Answers how to hear no more of it.
 */
function onHangUp(work: () => void): () => void {
  process.on('SIGHUP', work);
  return () => process.off('SIGHUP', work);
}

/** What else the operator has said holds until the tracker is started anew. */
async function reread(tracker: Tracker, log: TrackerOptions['log']): Promise<void> {
  const event = 'the certificate was read again';
  try {
    const identity = await tracker.rereadCertificate();
    if (identity !== undefined) return log({ level: 'info', event, fields: { identity } });
    log({ level: 'info', event: 'there is nothing to read again but a --tls-cert' });
  } catch (error) {
    if (!(error instanceof P2pError)) throw error;
    const fields = { reason: error.message };
    log({ level: 'warn', event: 'the certificate of before stays', fields });
  }
}

/** Waits for the first thing that ends a run. */
class EndOfRun {
  readonly reason: Promise<string>;
  readonly #lines: ReturnType<typeof createInterface>;
  readonly #stdin: TrackerIo['stdin'];
  readonly #onSignal: (signal: NodeJS.Signals) => void;
  /** Ends the run for a reason of ours. */
  readonly now: (reason: string) => void;

  constructor(stdin: TrackerIo['stdin'], onUnknownWord: () => void) {
    this.#stdin = stdin;
    const { promise, resolve } = withResolvers<string>();
    this.reason = promise;
    this.now = resolve;
    this.#onSignal = resolve;
    for (const signal of SIGNALS) process.on(signal, this.#onSignal);
    this.#lines = createInterface({ input: stdin, terminal: false });
    this.#lines.on('line', (line) => {
      const word = line.trim();
      if (word === 'quit') resolve('quit');
      else if (word !== '') onUnknownWord();
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
