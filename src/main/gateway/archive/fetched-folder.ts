/**
 * The files of a folder that is fetched for guests, while it grows: the small ones are read from the pack of its part
 * folder, the others from its tree, and all of them from the folder itself once it is whole. Only what is verified is
 * read. Owns the descriptor of the pack, until it is closed.
 */
import { constants, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { bug, toStorageError } from '../../../net/errors.js';
import type { FolderTable } from '../../../net/folder-entry.js';
import type { FolderLayout } from '../../../net/folder-layout.js';
import { packIn, treeIn } from '../../disk/part-folder-paths.js';
import { readSome } from '../../disk/span.js';
import type { GuestFetch, Readable } from '../guest-fetch.js';
import type { FolderBytes, OpenedEntry } from './archive-bytes.js';

/** What a platform lacks of it is none of its dangers. */
const { O_RDONLY, O_NOFOLLOW = 0 } = constants;

export interface FetchedFolderOptions {
  readonly fetch: Pick<GuestFetch, 'isReadable' | 'readableFrom' | 'whole'>;
  readonly table: FolderTable;
  readonly layout: FolderLayout;
  /** Aborted when nothing more is wanted. */
  readonly signal: AbortSignal;
}

/** A file as it is read: what of it lies where in another one. */
interface Place {
  readonly handle: FileHandle;
  /** Where in that file it begins. */
  readonly start: number;
  readonly isOwn: boolean;
}

export class FetchedFolder implements FolderBytes {
  readonly #options: FetchedFolderOptions;
  /** In the layout, of the entry that was opened last; they are asked for in its order. */
  #next = 0;
  #pack: FileHandle | undefined;

  constructor(options: FetchedFolderOptions) {
    this.#options = options;
  }

  async open(entry: number): Promise<OpenedEntry> {
    const { fetch, table, signal } = this.#options;
    const { size } = table.at(entry)!;
    const start = this.#startOf(entry);
    let place: Place | undefined;
    return {
      isThere: (at) => fetch.isReadable(start + at),
      read: async (into, at) => {
        const readable = await fetch.readableFrom(start + at, signal);
        place ??= await this.#placeOf(entry, start, readable);
        const end = readable.isWhole ? size : Math.min(size, readable.bytes - start);
        const span = { first: place.start + at, end: place.start + end };
        return readSome(place.handle, into, span);
      },
      close: async () => {
        if (place?.isOwn === true) await place.handle.close();
      },
    };
  }

  /** Lets go of the pack. */
  async close(): Promise<void> {
    await this.#pack?.close();
  }

  /** Where it begins in the sequence. */
  #startOf(entry: number): number {
    const { entries, starts } = this.#options.layout;
    while (entries[this.#next] !== entry) {
      if (++this.#next >= entries.length)
        bug('the files of a folder are asked for in another order');
    }
    return starts[this.#next]!;
  }

  async #placeOf(entry: number, start: number, readable: Readable): Promise<Place> {
    const { fetch, table, layout, signal } = this.#options;
    const { path } = table.at(entry)!;
    if (!readable.isWhole) {
      const isPacked = start < layout.packBytes;
      const handle = isPacked
        ? (this.#pack ??= await openIfThere(packIn(readable.path)))
        : await openIfThere(join(treeIn(readable.path), path));
      if (handle) return { handle, start: isPacked ? start : 0, isOwn: !isPacked };
    }
    // It is just getting its name, or has it.
    const { path: root } = await fetch.whole(signal);
    const handle = await openAt(join(root, path));
    return { handle, start: 0, isOwn: true };
  }
}

async function openIfThere(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, O_RDONLY | O_NOFOLLOW);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  }
}

async function openAt(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_NOFOLLOW).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  });
}
