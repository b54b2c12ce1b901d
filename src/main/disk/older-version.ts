/**
 * What becomes of the file or folder whose place a newer version takes: it stays beside it, as `NAME~1`, or with the
 * first number that is free. Nothing is lost in between, and nothing that is there is replaced.
 */
import { link, lstat, mkdir, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { MAX_OLDER_VERSIONS_BESIDE } from '../../net/limits.js';

/**
 * Puts a finished file into the place of an older one, which keeps its bytes under another name;
 * answers that name, or undefined when there was nothing to keep.
 * @throws StorageError
 */
export async function placeBesideOlder(
  partPath: string,
  path: string,
): Promise<string | undefined> {
  try {
    const kept = await keepBeside(path);
    await rename(partPath, path);
    return kept;
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw toStorageError(cause, `cannot put the newer version into the place of ${path}`);
  }
}

async function keepBeside(path: string): Promise<string | undefined> {
  for (let number = 1; number <= MAX_OLDER_VERSIONS_BESIDE; number++) {
    const beside = `${path}~${number}`;
    try {
      // A second name: until the newer file has the first one, there is always a file there.
      await link(path, beside);
      return beside;
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (code === 'ENOENT') return undefined;
      if (code === 'EEXIST' || (await isThere(beside))) continue;
      if (code === 'ENAMETOOLONG' || code === 'ENOSPC') throw cause;
      // A file system without hard links (FAT, some network mounts).
      await rename(path, beside);
      return beside;
    }
  }
  throw tooManyBeside(path);
}

/**
 * Gives an older folder another name, so that its own is free; answers that name. For a moment nothing has it.
 * @throws StorageError
 */
export async function keepFolderBeside(path: string): Promise<string> {
  for (let number = 1; number <= MAX_OLDER_VERSIONS_BESIDE; number++) {
    const beside = `${path}~${number}`;
    if (await isThere(beside)) continue;
    await rename(path, beside).catch((cause: unknown) => {
      throw toStorageError(cause, `cannot give ${path} the name ${beside}`);
    });
    return beside;
  }
  throw tooManyBeside(path);
}

/**
 * Files of a folder that make room for others: they get their places in a folder beside it, `NAME~1` or with the first
 * number that is free, under the names that they had. What is not there is passed over.
 */
export class KeptBeside {
  readonly #path: string;
  readonly #made = new Set<string>();
  #beside: string | undefined;

  /** `path`: of the folder that stays. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Where they are; undefined while there is none. */
  get path(): string | undefined {
    return this.#beside;
  }

  /** Folders that have got a name there, the folder above included. */
  get folders(): readonly string[] {
    return this.#beside === undefined ? [] : [dirname(this.#beside), ...this.#made];
  }

  /**
   * Keeps the file that is called `inside` within the folder, and is found `at`; it keeps its name there too, where
   * that is possible.
   * @throws StorageError
   */
  async keep(inside: string, at: string): Promise<void> {
    if (!(await isThere(at))) return;
    try {
      const folder = join(await this.#begun(), dirname(inside));
      await mkdir(folder, { recursive: true });
      for (let made = folder; made !== dirname(this.#beside!); made = dirname(made))
        this.#made.add(made);
      const kept = join(folder, basename(inside));
      // Without hard links (FAT, some network mounts) it loses its own name, which is about to be another's.
      await link(at, kept).catch(() => rename(at, kept));
    } catch (cause) {
      if (cause instanceof StorageError) throw cause;
      throw toStorageError(cause, `cannot keep what was changed of ${join(this.#path, inside)}`);
    }
  }

  async #begun(): Promise<string> {
    for (let number = 1; number <= MAX_OLDER_VERSIONS_BESIDE; number++) {
      if (this.#beside !== undefined) return this.#beside;
      const beside = `${this.#path}~${number}`;
      if (await isThere(beside)) continue;
      // What is within may have been for nobody else because of the folder in which it was.
      await mkdir(beside, { mode: 0o700 });
      this.#beside = beside;
    }
    return this.#beside ?? Promise.reject(tooManyBeside(this.#path));
  }
}

function tooManyBeside(path: string): StorageError {
  return new StorageError(
    'DESTINATION_EXISTS',
    `${MAX_OLDER_VERSIONS_BESIDE} older versions are kept beside ${path}; remove some, or say --overwrite`,
  );
}

async function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}
