/**
 * The files of a folder that lies whole on this disk, each read only as long as it is the very file that was looked
 * at: after each read its stamp is looked at again, before anything goes out.
 */
import { constants, open, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError, toStorageError } from '../../../net/errors.js';
import type { FolderTable } from '../../../net/folder-entry.js';
import { isAsStamped, type FolderStamps } from '../../../net/folder-stamps.js';
import { readSome } from '../../disk/span.js';
import type { FolderBytes, OpenedEntry } from './archive-bytes.js';

/** What a platform lacks of these is none of its dangers. Opening a pipe would wait for somebody. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

export interface FolderOnDisk {
  readonly root: string;
  readonly table: FolderTable;
  readonly stamps: FolderStamps;
}

export class SharedFolder implements FolderBytes {
  readonly #folder: FolderOnDisk;

  constructor(folder: FolderOnDisk) {
    this.#folder = folder;
  }

  async open(entry: number): Promise<OpenedEntry> {
    const { root, table, stamps } = this.#folder;
    const { path: relative, size } = table.at(entry)!;
    const path = join(root, relative);
    const handle = await openUnlessLink(path);
    return {
      isThere: () => true,
      read: async (into, at) => {
        const count = await readSome(handle, into, { first: at, end: size });
        const stats = await handle.stat({ bigint: true }).catch((cause: unknown) => {
          throw toStorageError(cause, `cannot look at ${path}`, 'read');
        });
        if (!stats.isFile() || !isAsStamped(stamps, entry, stats)) throw changed(path);
        return count;
      },
      close: () => handle.close(),
    };
  }
}

async function openUnlessLink(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  });
}

function changed(path: string): StorageError {
  return new StorageError('FILE_CHANGED', `${path} is not what was shared any more`);
}
