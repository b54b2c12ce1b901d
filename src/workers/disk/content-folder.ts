/**
 * A content that lies in many files. They are opened when bytes of theirs are wanted, and a few stay
 * open (entry-descriptors.ts). What it opens is its own; a pack, in which a growing folder keeps its
 * small files, is whoever's opened it.
 */
import { StorageError } from '../../net/errors.js';
import { extentsOf, type FolderLayout } from '../../net/folder-layout.js';
import { ContentFile } from './content-file.js';
import type { Content } from './content.js';
import { entryDescriptors, type EntryDescriptor } from './entry-descriptors.js';

/** Where the files of a folder are. */
export interface EntryFiles {
  /** Opens the file of an entry, which has so many bytes. @throws StorageError */
  open(entry: number, size: number): number;
  /** How people know it. */
  nameOf(entry: number): string;
}

export class ContentFolder implements Content {
  readonly #layout: FolderLayout;
  readonly #files: EntryFiles;
  readonly #pack: ContentFile | undefined;
  readonly #open = new Map<number, EntryDescriptor>();

  /** With the descriptor of a pack, all small files lie there, as they do in the sequence. */
  constructor(layout: FolderLayout, files: EntryFiles, packFd?: number) {
    this.#layout = layout;
    this.#files = files;
    this.#pack = packFd === undefined ? undefined : new ContentFile(packFd);
  }

  read(at: number, into: Buffer, to: number, length: number): void {
    this.#each(at, length, (file, offset, done, count) => {
      file.read(offset, into, to + done, count);
    });
  }

  write(at: number, bytes: Buffer, from: number, length: number): void {
    this.#each(at, length, (file, offset, done, count) => {
      file.write(offset, bytes, from + done, count);
    });
  }

  close(): void {
    entryDescriptors.closeAll(this.#open);
  }

  #each(
    at: number,
    length: number,
    work: (file: ContentFile, offset: number, done: number, count: number) => void,
  ): void {
    if (this.#pack && at < this.#layout.packBytes) {
      work(this.#pack, at, 0, length);
      return;
    }
    let done = 0;
    for (const { entry, size, offset, length: count } of extentsOf(this.#layout, at, length)) {
      const open = (): number => this.#files.open(entry, size);
      const file = new ContentFile(entryDescriptors.use(this.#open, entry, open));
      try {
        work(file, offset, done, count);
      } catch (error) {
        if (!(error instanceof StorageError)) throw error;
        const { code, message } = error;
        throw new StorageError(code, `${this.#files.nameOf(entry)}: ${message}`, { cause: error });
      }
      done += count;
    }
  }
}
