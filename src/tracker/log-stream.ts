/**
 * Where the tracker's log goes, and what becomes of it when it cannot go there: a full disk, a reader
 * or a terminal that has gone never ends a tracker. Counts the lines that are lost, and says so with the
 * first line that can be written again. Owns nothing of the stream but a listener to its errors.
 */
import { formatLogEntry, type LogEntry, type LogFormat } from './log.js';

export class LogStream {
  readonly #stream: NodeJS.WritableStream;
  readonly #format: LogFormat;
  readonly #now: () => Date;
  /** Lines since the last one that was written, and why. */
  #lost = 0;
  #reason = '';

  constructor(stream: NodeJS.WritableStream, format: LogFormat, now: () => Date) {
    this.#stream = stream;
    this.#format = format;
    this.#now = now;
    // The callbacks of the writes tell; without a listener an error would end the process.
    stream.on('error', () => undefined);
  }

  write(entry: LogEntry): void {
    // What a full disk took of the line before may have been its first half.
    const before = this.#lost > 0 ? '\n' : '';
    this.#put(before + formatLogEntry(entry, this.#format, this.#now()), 1);
  }

  #put(line: string, count: number): void {
    this.#stream.write(`${line}\n`, (error?: Error | null) => {
      if (error) this.#onLost(count, error);
      else this.#onWritten();
    });
  }

  #onLost(count: number, error: NodeJS.ErrnoException): void {
    this.#lost += count;
    this.#reason = error.code ?? error.message;
  }

  #onWritten(): void {
    if (this.#lost === 0) return;
    const [lines, reason] = [this.#lost, this.#reason];
    this.#lost = 0;
    const entry = {
      level: 'warn',
      event: 'log lines were lost',
      fields: { lines, reason },
    } as const;
    this.#put(formatLogEntry(entry, this.#format, this.#now()), lines);
  }
}
