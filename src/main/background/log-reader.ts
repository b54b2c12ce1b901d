/** Reads the log of what runs in the background while that writes it: its last lines, and what is added. */
import { open, readFile } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { toStorageError } from '../../net/errors.js';
import { olderLogPath } from './background-log.js';

/** Life: made -> (last) -> (more)*. Of a log that began anew nothing is left out. */
export class LogReader {
  readonly #path: string;
  readonly #decoder = new StringDecoder('utf8');
  #begun = '';
  /** Bytes of the log that are read. */
  #offset = 0;
  /** Of the log that they are of. */
  #inode: number | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /** The last lines, also of the time before the log began anew; undefined when there is no log. */
  async last(count: number): Promise<string[] | undefined> {
    const [older, newer] = [
      await this.#read(olderLogPath(this.#path)),
      await this.#read(this.#path),
    ];
    if (older === undefined && newer === undefined) return undefined;
    this.#offset = newer?.length ?? 0;
    const lines = this.#linesOf(Buffer.concat([older ?? EMPTY, newer ?? EMPTY]));
    return count === 0 ? [] : lines.slice(-count);
  }

  /** What came since. */
  async more(): Promise<string[]> {
    const log = await open(this.#path, 'r').catch(absentAt(this.#path));
    if (log === undefined) return [];
    try {
      const { size, ino } = await log.stat();
      // Somebody has taken the one of before away, and what was left of it.
      if (this.#inode !== undefined && this.#inode !== ino) this.#offset = 0;
      this.#inode = ino;
      const rest = size < this.#offset ? await this.#restOfOlder() : [];
      const bytes = Buffer.alloc(Math.max(0, size - this.#offset));
      const { bytesRead } = await log.read(bytes, 0, bytes.length, this.#offset);
      this.#offset += bytesRead;
      return [...rest, ...this.#linesOf(bytes.subarray(0, bytesRead))];
    } finally {
      await log.close();
    }
  }

  /** The log has begun anew: what was not read yet has its place in the copy. */
  async #restOfOlder(): Promise<string[]> {
    const older = (await this.#read(olderLogPath(this.#path))) ?? EMPTY;
    const rest = this.#linesOf(older.subarray(this.#offset));
    this.#offset = 0;
    return rest;
  }

  #linesOf(bytes: Buffer): string[] {
    const lines = (this.#begun + this.#decoder.write(bytes)).split('\n');
    this.#begun = lines.pop()!;
    return lines;
  }

  async #read(path: string): Promise<Buffer | undefined> {
    return readFile(path).catch(absentAt(path));
  }
}

const EMPTY = Buffer.alloc(0);

function absentAt(path: string): (error: unknown) => undefined {
  return (error) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(error, `cannot read ${path}`, 'read');
  };
}
