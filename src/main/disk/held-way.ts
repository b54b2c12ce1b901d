/**
 * The folders of a tree in which files are placed, one after the other in the order of their paths:
 * each is made if it is not there, and held while files go into it, so that none is placed where a
 * link leads. Owns the folders on the way to the present one.
 */
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { HeldFolder } from './held-folder.js';

/** What the system says of a link, and of what is no folder. */
const NO_FOLDER = new Set(['ENOTDIR', 'ELOOP', 'EMLINK']);

export class HeldWay {
  readonly #root: string;
  readonly #held: { readonly name: string; readonly folder: HeldFolder }[] = [];

  /** `root` is the absolute path of a folder that is there. */
  constructor(root: string) {
    this.#root = root;
  }

  /**
   * The path of a folder in the tree, `.` for the root; good until the next call.
   * @throws StorageError DESTINATION_EXISTS when something else lies on the way
   */
  async to(relative: string): Promise<string> {
    const names = relative === '.' ? [''] : ['', ...relative.split('/')];
    let level = 0;
    while (level < names.length && this.#held[level]?.name === names[level]) level++;
    await this.#letGo(level);
    for (; level < names.length; level++) await this.#enter(names, level);
    return this.#held.at(-1)!.folder.path;
  }

  async #enter(names: readonly string[], level: number): Promise<void> {
    const name = names[level]!;
    const above = this.#held.at(-1)?.folder;
    const at = above ? join(above.path, name) : this.#root;
    const shown = join(this.#root, ...names.slice(0, level + 1));
    if (above) await makeFolder(at, shown);
    try {
      this.#held.push({ name, folder: await HeldFolder.open(at, shown) });
    } catch (error) {
      if (isNoFolder(error)) throw noFolder(shown);
      throw error;
    }
  }

  async #letGo(level: number): Promise<void> {
    for (const { folder } of this.#held.splice(level)) await folder.release();
  }

  /** Lets go of all of them. */
  close(): Promise<void> {
    return this.#letGo(0);
  }
}

async function makeFolder(path: string, shown: string): Promise<void> {
  try {
    await mkdir(path);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return;
    throw toStorageError(cause, `cannot make the folder ${shown}`, 'create');
  }
}

function isNoFolder(error: unknown): boolean {
  const cause = error instanceof StorageError ? (error.cause as NodeJS.ErrnoException) : undefined;
  return NO_FOLDER.has(cause?.code ?? '');
}

/** What is said of something that lies where a folder belongs. */
export function noFolder(path: string): StorageError {
  return new StorageError(
    'DESTINATION_EXISTS',
    `${path} is no folder, and one belongs there; choose another destination, or move it away`,
  );
}
