/**
 * What a process in the background prints, into a file of a bounded size: each line with its time, and once the
 * file is full it begins anew, with a copy of what was there beside it. Everything that goes to the descriptor
 * by other ways (the last words of a crash) lies in the same file, so the file is emptied and never replaced.
 * Owns the bytes of both files. A full disk costs lines and never the work; how many is said afterwards.
 */
import { copyFileSync, fstatSync, ftruncateSync, writeSync } from 'node:fs';
import { Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { MAX_BACKGROUND_LOG_BYTES } from '../../net/limits.js';

/** Where the lines before those of a log are. */
export function olderLogPath(logPath: string): string {
  return `${logPath}.1`;
}

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
      this.#makeRoom();
      if (this.#lost > 0) this.#append(`lines that could not be written before: ${this.#lost}`);
      this.#lost = 0;
      this.#append(line);
    } catch {
      this.#lost++;
    }
    onLine(line);
  }

  #append(line: string): void {
    const { fd, now } = this.#options;
    writeSync(fd, `${timeText(now())} ${line}\n`);
  }

  #makeRoom(): void {
    const { fd, path, maxBytes = MAX_BACKGROUND_LOG_BYTES } = this.#options;
    if (fstatSync(fd).size < maxBytes) return;
    try {
      copyFileSync(path, olderLogPath(path));
    } catch {
      // The bound holds; what was there is the price.
    }
    ftruncateSync(fd, 0);
  }
}

/** On the clock of whoever reads it: `2026-11-26 22:14:07`. */
function timeText(at: Date): string {
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = [at.getFullYear(), two(at.getMonth() + 1), two(at.getDate())].join('-');
  return `${day} ${[at.getHours(), at.getMinutes(), at.getSeconds()].map(two).join(':')}`;
}
