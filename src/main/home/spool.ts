/**
 * The folder of a home for content that passes through a pipe: what standard input brought and is shared since, and
 * what grows while it goes to standard output. Owns the names in it. A file goes with the share or the download that it
 * belongs to; `sweep` finds those that nothing in the library names and no process is still making.
 */
import { randomUUID } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { makeFolder } from '../../net/make-folder.js';
import { removePart } from '../disk/remove-part.js';

/** The process that makes a file is in its name, before the mark of a part file. */
const MADE_BY = /\.(\d{1,10})(?:\.[0-9a-f]+\.part)?$/;

export class Spool {
  readonly #folder: string;

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Whether a file is in it, whoever made it. */
  has(path: string): boolean {
    return dirname(path) === this.#folder;
  }

  /** Whether a file is in it that no process is still making or writing to its standard output. */
  isLeft(path: string): boolean {
    const maker = MADE_BY.exec(basename(path));
    return this.has(path) && !(maker && isAlive(Number(maker[1])));
  }

  /** The path of a file that is not there yet. @throws StorageError */
  async newPath(): Promise<string> {
    try {
      await makeFolder(this.#folder, 0o700);
    } catch (cause) {
      throw toStorageError(cause, `cannot make the folder ${this.#folder}`, 'create');
    }
    return join(this.#folder, `${randomUUID()}.${process.pid}`);
  }

  /** Removes what nothing names and nobody makes. */
  async sweep(isNamed: (path: string) => boolean): Promise<void> {
    for (const name of await this.#names()) {
      const path = join(this.#folder, name);
      if (!isNamed(path) && this.isLeft(path)) await this.remove(path);
    }
  }

  /** Removes a file, unless something else has its name; what cannot be removed is found by whoever sweeps next. */
  async remove(path: string): Promise<void> {
    await removePart(path).catch((error: unknown) => {
      if (!(error instanceof StorageError)) throw error;
    });
  }

  async #names(): Promise<string[]> {
    // Most homes have none, and one that cannot be read has nothing to remove.
    return readdir(this.#folder).catch(() => []);
  }
}

function isAlive(pid: number): boolean {
  if (pid === process.pid) return true;
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}
