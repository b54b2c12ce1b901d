/** The files of a folder that is shared: read only as they were when they were hashed. */
import { constants, fstatSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { bug, StorageError, toStorageError } from '../../net/errors.js';
import { closeQuietly } from './close-quietly.js';
import type { EntryFiles } from './content-folder.js';
import { pathAt, type FolderPaths } from '../../net/folder-paths.js';
import { isAsStamped, type FolderStamps } from '../../net/folder-stamps.js';

/** What a platform lacks of these is none of its dangers. Opening a pipe would wait for somebody. */
const { O_RDONLY, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

export class SharedEntries implements EntryFiles {
  readonly #root: string;
  readonly #paths: FolderPaths;
  readonly #stamps: FolderStamps;

  constructor(root: string, paths: FolderPaths, stamps: FolderStamps) {
    this.#root = root;
    this.#paths = paths;
    this.#stamps = stamps;
  }

  nameOf(entry: number): string {
    return join(this.#root, pathAt(this.#paths, entry));
  }

  make(entry: number): never {
    bug(`somebody writes to ${this.nameOf(entry)}, which is shared`);
  }

  /** @throws StorageError FILE_CHANGED when it is not as it was, or what the disk says */
  open(entry: number): number {
    const path = this.nameOf(entry);
    const fd = openAt(path);
    try {
      const stats = fstatSync(fd, { bigint: true });
      if (stats.isFile() && isAsStamped(this.#stamps, entry, stats)) return fd;
    } catch (cause) {
      closeQuietly(fd);
      throw toStorageError(cause, `cannot look at ${path}`, 'read');
    }
    closeQuietly(fd);
    throw new StorageError('FILE_CHANGED', `${path} has changed since it was shared`);
  }
}

function openAt(path: string): number {
  try {
    return openSync(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  } catch (cause) {
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  }
}
