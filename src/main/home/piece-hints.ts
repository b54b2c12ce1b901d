/**
 * Which pieces running downloads have verified since those they keep were noted: a file per long
 * download, never synced. After a kill it says what is worth hashing instead of being fetched
 * again, and until when the download may have written to its part file. Garbage in it costs
 * hashing, and no file is more than a help: whatever fails here is left at that.
 *
 *   a file: four bytes (little endian) per piece, in the order in which they were verified;
 *   its time of modification is the last moment of which it is known that the download wrote.
 */
import { constants, mkdir, open, opendir, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { laterByTimer, type Later } from '../../net/later.js';
import { HINT_GATHER_MS } from '../../net/limits.js';

const POSITION_BYTES = 4;
const {
  O_RDONLY,
  O_WRONLY,
  O_CREAT,
  O_TRUNC,
  O_APPEND,
  O_NOFOLLOW = 0,
  O_NONBLOCK = 0,
} = constants;

/** What a run that was killed has left. */
export interface LeftHints {
  readonly pieces: Bitfield;
  /** Milliseconds since 1970. */
  readonly lastWriteMs: number;
}

/** The hints of one running download. */
export interface HintFile {
  /** These pieces are verified. */
  add(pieces: readonly number[]): void;
  /** The download may be writing. */
  touch(): void;
  /** None of the pieces is worth looking at. */
  clear(): Promise<void>;
  /** Writes what is still to be written, and closes the file. Idempotent. */
  close(): Promise<void>;
}

export class PieceHints {
  readonly #folder: string;
  readonly #later: Later;

  /** `folder` is made when it is needed. */
  constructor(folder: string, later: Later = laterByTimer) {
    this.#folder = folder;
    this.#later = later;
  }

  /** What an earlier run of a download has left; undefined when that is nothing. */
  async read(id: string, pieceCount: number): Promise<LeftHints | undefined> {
    try {
      const handle = await open(this.#pathOf(id), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
      try {
        const stats = await handle.stat();
        if (!stats.isFile()) return undefined;
        const bytes = Buffer.alloc(Math.min(stats.size, pieceCount * POSITION_BYTES));
        const { bytesRead } = await handle.read(bytes, 0, bytes.length, 0);
        const pieces = positionsIn(bytes.subarray(0, bytesRead), pieceCount);
        return { pieces, lastWriteMs: stats.mtimeMs };
      } finally {
        await handle.close();
      }
    } catch {
      return undefined;
    }
  }

  /** Begins a file with these pieces, in the place of the one before. */
  begin(id: string, pieces: readonly number[]): HintFile {
    return new OpenHintFile(this.#pathOf(id), this.#make(id, pieces), this.#later);
  }

  /** The download is over, or everything it has verified is kept. */
  async remove(id: string): Promise<void> {
    const path = this.#pathOf(id);
    const left = [path, `${path}.new`].map((name) => rm(name, { force: true }));
    await Promise.allSettled(left);
  }

  /**
   * Removes those of downloads that nobody goes on with: a kill came between the note that one is
   * complete and this. Whoever begins a file has noted its download before, so none of theirs is met.
   */
  async sweep(isUnfinished: (id: string) => boolean): Promise<void> {
    try {
      for await (const { name } of await opendir(this.#folder)) {
        const id = name.replace(/\.new$/, '');
        if (!isUnfinished(id)) await this.remove(id);
      }
    } catch {
      // No such folder, mostly.
    }
  }

  /** The one before stays until the new one is whole. */
  async #make(id: string, pieces: readonly number[]): Promise<FileHandle> {
    const path = this.#pathOf(id);
    const flags = O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_NOFOLLOW;
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    const handle = await open(`${path}.new`, flags, 0o600);
    try {
      await handle.appendFile(bytesOf(pieces));
      await rename(`${path}.new`, path);
      return handle;
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  #pathOf(id: string): string {
    return join(this.#folder, id);
  }
}

/** One step after the other; what comes within a moment is written together. */
class OpenHintFile implements HintFile {
  readonly #path: string;
  readonly #handle: Promise<FileHandle | undefined>;
  readonly #later: Later;
  #pending: number[] = [];
  #isTouched = false;
  #work: Promise<unknown>;
  /** Takes back the write that is due in a moment. */
  #takeBack: (() => void) | undefined;
  #closing: Promise<void> | undefined;

  constructor(path: string, handle: Promise<FileHandle>, later: Later) {
    this.#path = path;
    this.#handle = handle.catch(() => undefined);
    this.#work = this.#handle;
    this.#later = later;
  }

  add(pieces: readonly number[]): void {
    this.#pending.push(...pieces);
    this.#writeSoon();
  }

  touch(): void {
    this.#isTouched = true;
    this.#writeSoon();
  }

  async clear(): Promise<void> {
    this.#pending = [];
    this.#work = this.#work.then(async () => {
      await (await this.#handle)?.truncate(0).catch(() => rm(this.#path, { force: true }));
    });
    await this.#work.catch(() => undefined);
  }

  close(): Promise<void> {
    if (this.#closing) return this.#closing;
    if (this.#takeBack) this.#writeNow();
    this.#closing = this.#work.then(async () => {
      await (await this.#handle)?.close().catch(() => undefined);
    });
    return this.#closing;
  }

  #writeSoon(): void {
    if (this.#closing) return;
    this.#takeBack ??= this.#later(HINT_GATHER_MS, () => this.#writeNow());
  }

  #writeNow(): void {
    this.#takeBack?.();
    this.#takeBack = undefined;
    this.#work = this.#work.then(() => this.#write());
  }

  async #write(): Promise<void> {
    const handle = await this.#handle;
    const pieces = this.#pending;
    this.#pending = [];
    const isTouched = this.#isTouched;
    this.#isTouched = false;
    try {
      if (pieces.length > 0) await handle?.appendFile(bytesOf(pieces));
      else if (isTouched) await handle?.utimes(new Date(), new Date());
    } catch {
      // A full disk, for one: those pieces will be fetched again after a kill.
    }
  }
}

function bytesOf(pieces: readonly number[]): Buffer {
  const bytes = Buffer.alloc(pieces.length * POSITION_BYTES);
  for (const [index, piece] of pieces.entries()) bytes.writeUInt32LE(piece, index * POSITION_BYTES);
  return bytes;
}

function positionsIn(bytes: Buffer, pieceCount: number): Bitfield {
  const pieces = new Bitfield(pieceCount);
  for (let at = 0; at + POSITION_BYTES <= bytes.length; at += POSITION_BYTES) {
    const piece = bytes.readUInt32LE(at);
    if (piece < pieceCount) pieces.add(piece);
  }
  return pieces;
}
