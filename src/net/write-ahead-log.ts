/**
 * The write-ahead log of a database as a file beside SQLite: has what was committed reach the disk from a thread of
 * libuv's, so that nobody waits for it who need not. SQLite's locks lie on the other files of the database, which nobody
 * but SQLite may open: closing them would drop the locks. Owns its descriptor until `close`.
 */
import { constants } from 'node:fs';
import { open, type FileHandle } from 'node:fs/promises';
import type { EmbeddedDatabase } from './embedded-database.js';
import { bug, toStorageError } from './errors.js';

/** https://sqlite.org/fileformat2.html#the_write_ahead_log */
const HEADER_BYTES = 32;
const PAGE_SIZE_AT = 8;
const SALT_AT = 16;
const FRAME_HEADER_BYTES = 24;
const FRAME_SALT_AT = 8;
const SALT_BYTES = 8;

/** Some systems sync only what may be written. SQLite follows no link there either. */
const FLAGS = constants.O_RDWR | (constants.O_NOFOLLOW ?? 0);

export class WriteAheadLog {
  readonly #file: FileHandle;
  /** What the log is of, as people know it. */
  readonly #owner: string;

  private constructor(file: FileHandle, owner: string) {
    this.#file = file;
    this.#owner = owner;
  }

  /** Opens that of a database that is open, and was used. @throws what the disk says */
  static async open(
    database: Pick<EmbeddedDatabase, 'prepare'>,
    owner: string,
  ): Promise<WriteAheadLog> {
    const opening = open(`${filePathOf(database)}-wal`, FLAGS);
    return new WriteAheadLog(await opening.catch(failed('opening', owner)), owner);
  }

  /** Resolves when all that was written so far is on the disk. @throws what the disk says; that is never to be tried again */
  async sync(): Promise<void> {
    await this.#file.datasync().catch(failed('syncing', this.#owner));
  }

  /** True when it has so many frames since it began anew; behind them the file keeps older ones. */
  async holds(frames: number): Promise<boolean> {
    const header = await this.#read(0, HEADER_BYTES);
    if (!header) return false;
    const frameBytes = FRAME_HEADER_BYTES + header.readUInt32BE(PAGE_SIZE_AT);
    const frame = await this.#read(HEADER_BYTES + (frames - 1) * frameBytes, FRAME_HEADER_BYTES);
    if (!frame) return false;
    const salt = header.subarray(SALT_AT, SALT_AT + SALT_BYTES);
    return salt.equals(frame.subarray(FRAME_SALT_AT, FRAME_SALT_AT + SALT_BYTES));
  }

  async close(): Promise<void> {
    await this.#file.close();
  }

  /** Undefined when the file is shorter. */
  async #read(position: number, length: number): Promise<Buffer | undefined> {
    const buffer = Buffer.alloc(length);
    const reading = this.#file.read(buffer, 0, length, position);
    const { bytesRead } = await reading.catch(failed('reading', this.#owner));
    return bytesRead === length ? buffer : undefined;
  }
}

/** Where SQLite has the file itself: its log lies beside what a link leads to, and another may lie beside the link. */
function filePathOf(database: Pick<EmbeddedDatabase, 'prepare'>): string {
  const rows = database.prepare('PRAGMA database_list').all() as { name: string; file: string }[];
  const file = rows.find(({ name }) => name === 'main')?.file;
  return file === undefined || file === '' ? bug('a database has no file') : file;
}

function failed(doing: string, owner: string): (error: unknown) => never {
  return (error) => {
    throw toStorageError(error, `${doing} the log of ${owner}`, 'write');
  };
}
