/**
 * A folder that is held open, so that what is made in it is made in it, whatever others who may write
 * beside it put under its name meanwhile: a link to somewhere else, or another folder. Owns its
 * descriptor. Where the system has no paths that begin at a descriptor (all but Linux), it goes by
 * its name, as it was when it was opened.
 */
import { constants, open, stat, type FileHandle } from 'node:fs/promises';
import { toStorageError } from '../../net/errors.js';

const { O_RDONLY, O_DIRECTORY = 0, O_NOFOLLOW = 0 } = constants;

export class HeldFolder {
  /** Of the folder that was opened, for whoever works in it while it is held. */
  readonly path: string;
  readonly #handle: FileHandle;
  #users = 1;

  private constructor(path: string, handle: FileHandle) {
    this.path = path;
    this.#handle = handle;
  }

  /**
   * Opens a folder, never a link to one; `shown` is its path as people know it.
   * @throws StorageError, with what the disk said as its cause
   */
  static async open(path: string, shown = path): Promise<HeldFolder> {
    let handle: FileHandle | undefined;
    try {
      handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW);
      const byDescriptor = `/proc/self/fd/${handle.fd}`;
      const isReachable = await isSame(handle, byDescriptor);
      return new HeldFolder(isReachable ? byDescriptor : path, handle);
    } catch (cause) {
      await handle?.close();
      throw toStorageError(cause, `cannot open the folder ${shown}`, 'read');
    }
  }

  get inode(): Promise<bigint> {
    return this.#handle.stat({ bigint: true }).then(({ ino }) => ino);
  }

  /** Counts one more user. */
  retain(): this {
    this.#users++;
    return this;
  }

  /** Lets go; the last one closes. Never rejects. */
  async release(): Promise<void> {
    if (--this.#users === 0) await this.#handle.close().catch(() => undefined);
  }
}

async function isSame(handle: FileHandle, path: string): Promise<boolean> {
  const there = await stat(path, { bigint: true }).catch(() => undefined);
  const held = await handle.stat({ bigint: true });
  return there?.ino === held.ino && there.dev === held.dev;
}
