/**
 * The large files of a folder that is being downloaded. Each grows under its own path below a root
 * that is ours alone; it is made, as long as it will be, when its first byte comes. What is right at
 * the destination already is read there, as long as nobody changes it.
 */
import { closeSync, constants, fstatSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import type { GrowingFolderSource } from '../messages.js';
import type { EntryFiles } from './content-folder.js';
import { pathAt } from '../../net/folder-paths.js';
import { SharedEntries } from './shared-entries.js';

/** What a platform lacks of these is none of its dangers. */
const { O_RDWR, O_CREAT, O_NOFOLLOW = 0 } = constants;

export class GrowingEntries implements EntryFiles {
  readonly #source: GrowingFolderSource;
  readonly #placed: SharedEntries | undefined;

  constructor(source: GrowingFolderSource) {
    this.#source = source;
    const { placed, paths } = source;
    this.#placed = placed && new SharedEntries(placed.root, paths, placed.stamps);
  }

  nameOf(entry: number): string {
    return this.#placedOf(entry)?.nameOf(entry) ?? this.#pathOf(entry);
  }

  /** @throws StorageError FILE_CHANGED when it is placed and not as it was, or what the disk says */
  open(entry: number, size: number): number {
    return this.#placedOf(entry)?.open(entry) ?? openGrowing(this.#pathOf(entry), size);
  }

  #placedOf(entry: number): SharedEntries | undefined {
    return this.#source.placed?.isPlaced[entry] === 1 ? this.#placed : undefined;
  }

  #pathOf(entry: number): string {
    return join(this.#source.tree, pathAt(this.#source.paths, entry));
  }
}

/** @throws StorageError */
function openGrowing(path: string, size: number): number {
  try {
    const fd = openOrMake(path);
    try {
      if (fstatSync(fd).size !== size) ftruncateSync(fd, size);
      return fd;
    } catch (error) {
      closeSync(fd);
      throw error;
    }
  } catch (cause) {
    throw toStorageError(cause, `cannot make ${path}`, 'create');
  }
}

function openOrMake(path: string): number {
  try {
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause;
    mkdirSync(dirname(path), { recursive: true });
    return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666);
  }
}
