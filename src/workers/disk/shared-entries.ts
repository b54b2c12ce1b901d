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

/** What the system says where the file was: nothing, a link, a folder, a socket. */
const NOT_THE_FILE = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK', 'EISDIR', 'ENXIO']);

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
    const fd = this.#openAt(entry);
    try {
      this.confirm(entry, fd);
      return fd;
    } catch (error) {
      closeQuietly(fd);
      throw error;
    }
  }

  /** @throws StorageError FILE_CHANGED when it is not as it was, or what the disk says */
  confirm(entry: number, fd: number): void {
    if (this.#isSame(entry, fd)) return;
    throw this.#changed(entry);
  }

  #openAt(entry: number): number {
    try {
      return openSync(this.nameOf(entry), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
    } catch (cause) {
      if (NOT_THE_FILE.has((cause as NodeJS.ErrnoException).code ?? '')) throw this.#changed(entry);
      throw toStorageError(cause, `cannot open ${this.nameOf(entry)}`, 'read');
    }
  }

  #changed(entry: number): StorageError {
    return new StorageError(
      'FILE_CHANGED',
      `${this.nameOf(entry)} has changed since it was shared`,
    );
  }

  #isSame(entry: number, fd: number): boolean {
    try {
      const stats = fstatSync(fd, { bigint: true });
      return stats.isFile() && isAsStamped(this.#stamps, entry, stats);
    } catch (cause) {
      throw toStorageError(cause, `cannot look at ${this.nameOf(entry)}`, 'read');
    }
  }
}
