/**
 * What a process in the background prints, into a file of a bounded size: each line with its time, and once the
 * file is full it begins anew, with a copy of what was there beside it. Everything that goes to the descriptor
 * by other ways (the last words of a crash) lies in the same file, so the file is emptied and never replaced. Where
 * somebody has moved or removed it, the next line begins a new one; only those last words still go to the old one.
 * Owns the bytes of both files. A full disk costs lines and never the work; how many is said afterwards.
 */
import {
  closeSync,
  constants,
  copyFileSync,
  fstatSync,
  ftruncateSync,
  lstatSync,
  openSync,
  writeSync,
} from 'node:fs';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { MAX_BACKGROUND_LOG_BYTES } from '../../net/limits.js';

/** Where the lines before those of a log are. */
export function olderLogPath(logPath: string): string {
  return `${logPath}.1`;
}

const LOG_MODE = 0o600;

export interface BackgroundLogOptions {
  /** Open for appending; stays the caller's. */
  readonly fd: number;
  /** Of the same file. */
  readonly path: string;
  readonly now: () => Date;
  /** Hears each line too. */
  readonly onLine: (line: string) => void;
  /** Bytes. @default MAX_BACKGROUND_LOG_BYTES */
  readonly maxBytes?: number;
}

export class BackgroundLog extends Writable {
  readonly #options: BackgroundLogOptions;
  readonly #decoder = new StringDecoder('utf8');
  #begun = '';
  #lost = 0;
  /** Set while the lines go to a file that was begun here. */
  #ownFd: number | undefined;

  constructor(options: BackgroundLogOptions) {
    super();
    this.#options = options;
  }

  override _write(
    chunk: Buffer | string,
    _encoding: BufferEncoding,
    done: (error?: Error | null) => void,
  ): void {
    const text = typeof chunk === 'string' ? chunk : this.#decoder.write(chunk);
    const lines = (this.#begun + text).split('\n');
    this.#begun = lines.pop()!;
    for (const line of lines) this.#put(line);
    done();
  }

  #put(line: string): void {
    const { onLine } = this.#options;
    try {
      this.#makeRoom(this.#followPath());
      if (this.#lost > 0) this.#append(`lines that could not be written before: ${this.#lost}`);
      this.#lost = 0;
      this.#append(line);
    } catch {
      this.#lost++;
    }
    onLine(line);
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    if (this.#ownFd !== undefined) closeSync(this.#ownFd);
    this.#ownFd = undefined;
    done(error);
  }

  get #fd(): number {
    return this.#ownFd ?? this.#options.fd;
  }

  /** Whoever looks at the log looks at its path; answers whether that is where lines go. */
  #followPath(): boolean {
    const { path } = this.#options;
    const seen = lstatSync(path, { throwIfNoEntry: false });
    const { dev, ino } = fstatSync(this.#fd);
    if (seen?.dev === dev && seen.ino === ino) return true;
    // What is there instead may be anything: nothing is waited for, and no link is followed.
    const { O_WRONLY, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK } = constants;
    const flags = O_WRONLY | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    let fd: number;
    try {
      fd = openSync(path, flags, LOG_MODE);
    } catch {
      // It goes on where it was.
      return false;
    }
    if (this.#ownFd !== undefined) closeSync(this.#ownFd);
    this.#ownFd = fd;
    return true;
  }

  #append(line: string): void {
    const { now } = this.#options;
    writeSync(this.#fd, `${timeText(now())} ${line}\n`);
  }

  #makeRoom(isAtPath: boolean): void {
    const { path, maxBytes = MAX_BACKGROUND_LOG_BYTES } = this.#options;
    if (fstatSync(this.#fd).size < maxBytes) return;
    try {
      if (isAtPath) copyFileSync(path, olderLogPath(path));
    } catch {
      // The bound holds; what was there is the price.
    }
    ftruncateSync(this.#fd, 0);
  }
}

/** On the clock of whoever reads it: `2026-11-26 22:14:07`. */
function timeText(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
