/**
 * `share --stay`: the same command once more, as a process of its own that has no terminal, so that none ends it.
 * Owns that process until its link is there; from then on nobody does, and its pid is how to end it.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StringDecoder } from 'node:string_decoder';
import { toStorageError } from '../../net/errors.js';
import { inPackage } from '../../net/package-root.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { Environment } from '../terminal/environment.js';

const PROGRAM = inPackage('bin/p2p.js');
/** Set for that process alone. */
const MARK = 'P2P_SHARE_STAYS';
/** Between two looks at what it says while it starts. */
const LOOK_INTERVAL_MS = 200;

/** This process is the one that stays. */
export function isStayingShare({ env }: Pick<Environment, 'env'>): boolean {
  return env[MARK] === '1';
}

export interface BackgroundShareOptions {
  /** Of `share`, without `--stay`. */
  readonly words: readonly string[];
  readonly homePath: string;
  readonly environment: Environment;
  /** Ends it as long as its link is not there. */
  readonly signal: AbortSignal;
  /** Hears what it says meanwhile. */
  readonly onLine: (line: string) => void;
}

/** How it went: it shares, or it has ended with a status and said why. */
export type BackgroundShare =
  | { readonly link: string; readonly pid: number; readonly logPath: string }
  | { readonly status: number };

/** Starts it. @throws StorageError; the reason of `signal` */
export async function startBackgroundShare(
  options: BackgroundShareOptions,
): Promise<BackgroundShare> {
  const logPath = join(options.homePath, 'share.log');
  const log = await openLog(logPath);
  try {
    const child = spawnApart(options, log.fd);
    const said = new SaidLines(log, options.onLine);
    const timer = setInterval(() => said.look(), LOOK_INTERVAL_MS);
    try {
      const outcome = await untilAborted(options.signal, linkOrEnd(child));
      clearInterval(timer);
      // What it warns of is there before its link is.
      await said.rest();
      return 'status' in outcome ? outcome : { ...outcome, pid: child.pid!, logPath };
    } catch (error) {
      await endChild(child);
      throw error;
    } finally {
      clearInterval(timer);
      await said.close();
      child.stdout!.destroy();
      child.unref();
    }
  } finally {
    await log.close();
  }
}

async function openLog(path: string): Promise<FileHandle> {
  try {
    return await open(path, 'w+', 0o600);
  } catch (error) {
    throw toStorageError(error, `cannot write ${path}`, 'create');
  }
}

/** Detached it leads a session of its own: closing a terminal hangs up those of the terminal's. */
function spawnApart(
  { words, environment: { env, cwd } }: BackgroundShareOptions,
  log: number,
): ChildProcess {
  return spawn(process.execPath, [PROGRAM, 'share', ...words], {
    cwd,
    env: { ...env, [MARK]: '1' },
    detached: true,
    stdio: ['ignore', 'pipe', log],
  });
}

/** The first line that it prints is the link, and the only one. */
async function linkOrEnd(child: ChildProcess): Promise<{ link: string } | { status: number }> {
  const ended = once(child, 'close').then(([status]) => ({
    status: (status as number | null) ?? 1,
  }));
  // When the link came first, the end is nobody's business any more.
  ended.catch(() => undefined);
  const printed = once(createInterface({ input: child.stdout! }), 'line').then(([line]) => ({
    link: line as string,
  }));
  return Promise.race([printed, ended]);
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const closed = once(child, 'exit');
  child.kill('SIGTERM');
  await closed;
}

/** Hands on the lines of a log that somebody else writes. */
class SaidLines {
  readonly #log: FileHandle;
  readonly #onLine: (line: string) => void;
  readonly #decoder = new StringDecoder('utf8');
  readonly #buffer = Buffer.alloc(16 * 1024);
  #offset = 0;
  #begun = '';
  #looking: Promise<void> | undefined;

  constructor(log: FileHandle, onLine: (line: string) => void) {
    this.#log = log;
    this.#onLine = onLine;
  }

  /** Hands on what there is by now. */
  look(): void {
    this.#looking ??= this.#readOn().finally(() => (this.#looking = undefined));
  }

  /** The same to the end. */
  async rest(): Promise<void> {
    await this.#looking;
    await this.#readOn();
  }

  async close(): Promise<void> {
    await this.#looking;
  }

  async #readOn(): Promise<void> {
    for (;;) {
      const read = await this.#log.read(this.#buffer, 0, this.#buffer.length, this.#offset);
      if (read.bytesRead === 0) return;
      this.#offset += read.bytesRead;
      const text = this.#begun + this.#decoder.write(this.#buffer.subarray(0, read.bytesRead));
      const lines = text.split('\n');
      this.#begun = lines.pop()!;
      for (const line of lines) this.#onLine(line);
    }
  }
}
