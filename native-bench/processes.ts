/**
 * The processes of the benchmarks: starts them, times them, watches their memory, and ends
 * every one that it has started.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { createInterface, type Interface } from 'node:readline';

/** How often memory is looked at; VmHWM only grows, so little is missed. */
const MEMORY_INTERVAL_MS = 50;
/** Time to close cleanly before a process is killed. */
const CLOSE_TIMEOUT_MS = 10_000;
/** Characters of a process's last words that are kept. */
const MAX_KEPT_CHARACTERS = 4 * 1024 * 1024;

/**
 * The environment of every contestant. Where this variable names a list of authorities, each
 * Node process reads all of it before its first line: 60 ms that say nothing about anybody here.
 */
const environment = { ...process.env, NODE_EXTRA_CA_CERTS: undefined };

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
}

/** How a process that ran to its end went. */
export interface Finished {
  readonly stdout: string;
  readonly elapsedMs: number;
  readonly peakBytes: number;
}

/** A process that stays: read by lines, written by lines. */
export interface Running {
  readonly pid: number;
  /** The next line of its standard output. */
  nextLine(): Promise<string>;
  writeLine(line: string): void;
  /** The most memory that it and its descendants have had, in bytes; 0 unless it was watched. */
  peakBytes(): number;
  stop(): Promise<void>;
}

/** A set of processes that ends together. */
export class Processes {
  readonly #children = new Set<ChildProcess>();
  readonly #closers: (() => void)[] = [];

  /** Has something of this very process closed together with the others. */
  onClose(close: () => void): void {
    this.#closers.push(close);
  }

  /** Runs a command to its end. Rejects with its last words when it fails. */
  async run(command: Command): Promise<Finished> {
    const startedMs = performance.now();
    const child = this.#spawn(command);
    const memory = new MemoryWatch(child.pid);
    const stdout = collect(child, 'stdout');
    const stderr = collect(child, 'stderr');
    const exited = once(child, 'exit').then(() => performance.now());
    // A program that cannot be started ends both waits at once.
    const ended = Promise.all([exited, once(child, 'close')]);
    const [endedMs, [status]] = (await ended.finally(() => memory.stop())) as [
      number,
      [number | null],
    ];
    const elapsedMs = endedMs - startedMs;
    const peakBytes = memory.peakBytes;
    if (status !== 0) throw failed(command, status, stderr() || stdout());
    return { stdout: stdout(), elapsedMs, peakBytes };
  }

  /** Starts a command that stays; whether its memory is watched is the caller's choice. */
  start(command: Command, isWatched = false): Running {
    const child = this.#spawn(command);
    const memory = new MemoryWatch(isWatched ? child.pid : undefined);
    const stderr = collect(child, 'stderr');
    const lines = new LineQueue(createInterface({ input: child.stdout! }));
    child.once('close', (status: number | null) => {
      memory.stop();
      lines.end(failed(command, status, stderr()));
    });
    // A process that has ended takes no more lines; its reader is told by nextLine.
    child.stdin!.on('error', () => undefined);
    return {
      pid: child.pid!,
      nextLine: () => lines.next(),
      writeLine: (line) => child.stdin!.write(`${line}\n`),
      peakBytes: () => memory.peakBytes,
      stop: () => endChild(child),
    };
  }

  /** Ends every process that still runs; idempotent. */
  async closeAll(): Promise<void> {
    for (const close of this.#closers.splice(0)) close();
    await Promise.all([...this.#children].map(endChild));
  }

  #spawn({ program, args, env, cwd }: Command): ChildProcess {
    const child = spawn(program, args, {
      env: { ...environment, ...env },
      ...(cwd === undefined ? {} : { cwd }),
      stdio: 'pipe',
    });
    this.#children.add(child);
    child.once('close', () => this.#children.delete(child));
    return child;
  }
}

/** Whether a program can be run at all. */
export async function canRun(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await new Processes().run({ program, args });
    return true;
  } catch {
    return false;
  }
}

/** Keeps the highest memory of a process and of those that it starts. */
class MemoryWatch {
  readonly #pid: number | undefined;
  readonly #timer: NodeJS.Timeout;
  readonly #peaks = new Map<number, number>();

  constructor(pid: number | undefined) {
    this.#pid = pid;
    this.#timer = setInterval(() => this.#look(), MEMORY_INTERVAL_MS);
    this.#timer.unref();
  }

  /** Highest values of all processes, added up: what they could need at the same time. */
  get peakBytes(): number {
    this.#look();
    return [...this.#peaks.values()].reduce((sum, bytes) => sum + bytes, 0);
  }

  stop(): number {
    clearInterval(this.#timer);
    return this.peakBytes;
  }

  #look(): void {
    if (this.#pid === undefined) return;
    for (const pid of withDescendants(this.#pid)) {
      const text = readIfThere(`/proc/${pid}/status`);
      const kibibytes = /^VmHWM:\s+(\d+) kB/m.exec(text)?.[1];
      if (kibibytes !== undefined) this.#peaks.set(pid, Number(kibibytes) * 1024);
    }
  }
}

/** Children are listed under the thread that started them. */
function withDescendants(pid: number): number[] {
  const children = namesIn(`/proc/${pid}/task`).flatMap((thread) => {
    return readIfThere(`/proc/${pid}/task/${thread}/children`).split(' ').filter(Boolean);
  });
  return [pid, ...children.map(Number).flatMap(withDescendants)];
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** Empty when the process has gone, or the system has no /proc. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return '';
  }
}

/** Lines in the order in which they came, whether or not somebody waited for them. */
class LineQueue {
  readonly #lines: string[] = [];
  readonly #waiting: PromiseWithResolvers<string>[] = [];
  #error: Error | undefined;

  constructor(lines: Interface) {
    lines.on('line', (line) => {
      const first = this.#waiting.shift();
      if (first === undefined) this.#lines.push(line);
      else first.resolve(line);
    });
  }

  next(): Promise<string> {
    const line = this.#lines.shift();
    if (line !== undefined) return Promise.resolve(line);
    if (this.#error !== undefined) return Promise.reject(this.#error);
    const waiting = promiseWithResolvers<string>();
    this.#waiting.push(waiting);
    return waiting.promise;
  }

  end(error: Error): void {
    this.#error = error;
    for (const waiting of this.#waiting.splice(0)) waiting.reject(error);
  }
}

interface PromiseWithResolvers<T> {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
}

/** Promise.withResolvers, which Node 20 does not have. */
function promiseWithResolvers<T>(): PromiseWithResolvers<T> {
  let resolve!: (value: T) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<T>((onValue, onError) => {
    resolve = onValue;
    reject = onError;
  });
  return { promise, resolve, reject };
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'close');
  const timer = setTimeout(() => child.kill('SIGKILL'), CLOSE_TIMEOUT_MS);
  child.stdin?.end();
  child.kill('SIGTERM');
  await closed;
  clearTimeout(timer);
}

function collect(child: ChildProcess, stream: 'stdout' | 'stderr'): () => string {
  let text = '';
  child[stream]!.on('data', (bytes: Buffer) => {
    text = (text + bytes.toString()).slice(-MAX_KEPT_CHARACTERS);
  });
  // A program that is not there: `close` follows, and the caller hears of it by the status.
  child.on('error', (error) => (text += error.message));
  return () => text;
}

function failed({ program, args }: Command, status: number | null, words: string): Error {
  const last = words.trim().split('\n').slice(-5).join(' | ');
  return new Error(`${program} ${args.slice(0, 4).join(' ')} … ended with ${status}: ${last}`);
}
