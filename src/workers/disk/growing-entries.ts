/**
 * The large files of a folder that is being downloaded. Each grows under its own path below a root
 * that is ours alone; it is made, as long as it will be, when its first byte comes. What is right at
 * the destination already is read there, as long as nobody changes it.
 */
import { constants, fstatSync, ftruncateSync, mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { bug, toStorageError } from '../../net/errors.js';
import { PLACES, type GrowingFolderSource } from '../messages/content.js';
import { closeQuietly } from './close-quietly.js';
import type { EntryFiles } from './content-folder.js';
import { pathAt } from '../../net/folder-paths.js';
import { SharedEntries } from './shared-entries.js';

/** What a platform lacks of these is none of its dangers. */
const { O_RDONLY, O_RDWR, O_CREAT, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;

export class GrowingEntries implements EntryFiles {
  readonly #source: GrowingFolderSource;
  readonly #placed: SharedEntries | undefined;

  constructor(source: GrowingFolderSource) {
    this.#source = source;
    const { placed, destination, paths } = source;
    this.#placed = placed && new SharedEntries(destination, paths, placed.stamps);
  }

  nameOf(entry: number): string {
    return this.#placedOf(entry)?.nameOf(entry) ?? this.#pathIn(this.#source.treeName, entry);
  }

  /** @throws StorageError FILE_CHANGED when it is placed and not as it was, or what the disk says */
  open(entry: number): number {
    const placed = this.#placedOf(entry);
    if (placed) return placed.open(entry);
    const { tree, destination } = this.#source;
    try {
      return openIfThere(this.#pathIn(tree, entry), O_RDWR) ?? this.#openIn(destination, entry);
    } catch (cause) {
      throw toStorageError(cause, `cannot open ${this.nameOf(entry)}`, 'read');
    }
  }

  confirm(entry: number, fd: number): void {
    this.#placedOf(entry)?.confirm(entry, fd);
  }

  /** @throws StorageError */
  make(entry: number, size: number): number {
    const path = this.#pathIn(this.#source.tree, entry);
    if (this.#placedOf(entry)) bug(`${this.nameOf(entry)} is placed and grows`);
    try {
      const fd = openOrMake(path);
      try {
        if (fstatSync(fd).size !== size) ftruncateSync(fd, size);
        return fd;
      } catch (error) {
        closeQuietly(fd);
        throw error;
      }
    } catch (cause) {
      throw toStorageError(cause, `cannot make ${this.nameOf(entry)}`, 'create');
    }
  }

  #placedOf(entry: number): SharedEntries | undefined {
    const place = this.#source.placed?.places[entry] ?? PLACES.nothing;
    return place === PLACES.nothing ? undefined : this.#placed;
  }

  /** The download is over, and those who read it while it grew go on. */
  #openIn(root: string, entry: number): number {
    return openSync(this.#pathIn(root, entry), O_RDONLY | O_NOFOLLOW | O_NONBLOCK);
  }

  #pathIn(root: string, entry: number): string {
    return join(root, pathAt(this.#source.paths, entry));
  }
}

function openIfThere(path: string, flags: number): number | undefined {
  try {
    return openSync(path, flags | O_NOFOLLOW);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw cause;
  }
}

function openOrMake(path: string): number {
  const made = openIfThere(path, O_RDWR | O_CREAT);
  if (made !== undefined) return made;
  mkdirSync(dirname(path), { recursive: true });
  return openSync(path, O_RDWR | O_CREAT | O_NOFOLLOW, 0o666);
}
