/**
 * One descriptor for all who read a file at a time: opened for the first of them, closed with the
 * last. It is opened without waiting, because what was a file may be a pipe by now.
 *
 *   closed → opening → open (its users are counted) → closed
 */
import { bug } from '../../net/errors.js';
import { openToRead, type OpenFile } from './open-files.js';

/** One time that the file is open. */
interface Opening {
  readonly file: Promise<OpenFile>;
  users: number;
}

export class SharedDescriptor {
  readonly #path: string;
  #present: Opening | undefined;

  constructor(path: string) {
    this.#path = path;
  }

  /**
   * The file for one more user.
   * @throws StorageError saying what the disk said
   */
  async acquire(): Promise<OpenFile> {
    this.#present ??= { file: openToRead(this.#path), users: 0 };
    const opening = this.#present;
    opening.users++;
    try {
      return this.#useOf(await opening.file, opening);
    } catch (error) {
      this.#onUserGone(opening);
      throw error;
    }
  }

  #useOf(file: OpenFile, opening: Opening): OpenFile {
    let isReleased = false;
    return {
      content: file.content,
      fd: file.fd,
      handle: file.handle,
      retain: () => {
        if (opening.users === 0) bug('a closed file is used again');
        opening.users++;
        return this.#useOf(file, opening);
      },
      release: async () => {
        if (isReleased) return;
        isReleased = true;
        if (this.#onUserGone(opening)) await file.release();
      },
    };
  }

  /** True when that was the last one. */
  #onUserGone(opening: Opening): boolean {
    if (--opening.users > 0) return false;
    if (this.#present === opening) this.#present = undefined;
    return true;
  }
}
