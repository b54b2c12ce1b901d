/**
 * A content that lies in many files. They are opened when bytes of theirs are wanted, and a few stay
 * open (entry-descriptors.ts). What it opens is its own; a pack, in which a growing folder keeps its
 * small files, is whoever's opened it.
 */
import { StorageError } from '../../net/errors.js';
import { eachExtent, type FolderLayout } from '../../net/folder-layout.js';
import { ContentFile } from './content-file.js';
import type { Content } from './content.js';
import { entryDescriptors } from './entry-descriptors.js';

/** Where the files of a folder are. */
export interface EntryFiles {
  /** Opens the file of an entry to read it, and to write to it if it grows. @throws StorageError */
  open(entry: number): number;
  /**
   * Asked once bytes were read: what was written to meanwhile must not leave. Absent where nobody else
   * writes. @throws StorageError FILE_CHANGED
   */
  confirm?(entry: number, fd: number): void;
  /** Opens, or makes, the file of an entry, which is to have so many bytes. @throws StorageError */
  make(entry: number, size: number): number;
  /** How people know it. */
  nameOf(entry: number): string;
}

/** The descriptor of a pack, and by piece of it 1 for what lies elsewhere. */
export interface OpenPack {
  readonly fd: number;
  readonly placed: Uint8Array | undefined;
}

export class ContentFolder implements Content {
  readonly #layout: FolderLayout;
  readonly #files: EntryFiles;
  readonly #pack: ContentFile | undefined;
  readonly #placed: Uint8Array | undefined;

  /**
   * With a pack, all small files lie there, as they do in the sequence, but for the pieces that are
   * placed: those are read where their files are.
   */
  constructor(layout: FolderLayout, files: EntryFiles, pack?: OpenPack) {
    this.#layout = layout;
    this.#files = files;
    this.#pack = pack && new ContentFile(pack.fd);
    this.#placed = pack?.placed;
  }

  read(at: number, into: Buffer, to: number, length: number): void {
    if (!this.#pack || at >= this.#layout.packBytes) return this.#readFiles(at, into, to, length);
    if (!this.#placed) return this.#pack.read(at, into, to, length);
    const { pieceLength } = this.#layout.pieces;
    for (let done = 0, count = 0; done < length; done += count) {
      const piece = Math.floor((at + done) / pieceLength);
      count = Math.min(length - done, (piece + 1) * pieceLength - at - done);
      if (this.#placed[piece] === 1) this.#readFiles(at + done, into, to + done, count);
      else this.#pack.read(at + done, into, to + done, count);
    }
  }

  #readFiles(at: number, into: Buffer, to: number, length: number): void {
    let next = to;
    for (const { entry, offset, length: count } of eachExtent(this.#layout, at, length)) {
      const fd = entryDescriptors.use(this, entry, () => this.#files.open(entry));
      const file = new ContentFile(fd);
      this.#named(entry, () => file.read(offset, into, next, count));
      this.#files.confirm?.(entry, fd);
      next += count;
    }
  }

  write(at: number, bytes: Buffer, from: number, length: number): void {
    if (this.#pack && at < this.#layout.packBytes) return this.#pack.write(at, bytes, from, length);
    let next = from;
    for (const { entry, size, offset, length: count } of eachExtent(this.#layout, at, length)) {
      const fd = entryDescriptors.use(this, entry, () => this.#files.make(entry, size));
      const file = new ContentFile(fd);
      this.#named(entry, () => file.write(offset, bytes, next, count));
      next += count;
    }
  }

  close(): void {
    entryDescriptors.closeAll(this);
  }

  /** A failure says of which file. */
  #named(entry: number, work: () => void): void {
    try {
      work();
    } catch (error) {
      if (!(error instanceof StorageError)) throw error;
      const { code, message } = error;
      throw new StorageError(code, `${this.#files.nameOf(entry)}: ${message}`, { cause: error });
    }
  }
}
