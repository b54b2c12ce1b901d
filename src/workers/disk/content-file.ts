/**
 * The bytes of a content on disk, by their place in the content: the only reader and writer of file
 * bytes in a transfer thread. It does not own the descriptor; whoever opened it closes it.
 * A content lies in one file today; its callers know places in the content only, never descriptors.
 *
 * Calls block the thread until the kernel has copied the bytes, for a page cache that answers faster
 * than a thread of Node's pool would.
 */
import { readSync, writeSync } from 'node:fs';
import { StorageError, toStorageError } from '../../net/errors.js';

export class ContentFile {
  readonly #fd: number;

  /** A content in one file, which is open for what will be asked of it. */
  constructor(fd: number) {
    this.#fd = fd;
  }

  /**
   * Reads the `length` bytes from `at` on into `into`, to `to` and behind; all of them or none
   * that count.
   * @throws StorageError FILE_CHANGED when the file ends before, else what the disk says
   */
  read(at: number, into: Buffer, to: number, length: number): void {
    for (let done = 0; done < length;) {
      const count = this.#readOnce(at + done, into, to + done, length - done);
      if (count === 0) {
        throw new StorageError(
          'FILE_CHANGED',
          'the file has become shorter since it was looked at; try again',
        );
      }
      done += count;
    }
  }

  /**
   * Writes the `length` bytes of `bytes` that begin at `from` to `at` and behind.
   * @throws StorageError what the disk says
   */
  write(at: number, bytes: Buffer, from: number, length: number): void {
    for (let done = 0; done < length;) {
      const count = this.#writeOnce(at + done, bytes, from + done, length - done);
      if (count === 0) {
        throw new StorageError('IO_ERROR', 'cannot write the file: the disk took no bytes');
      }
      done += count;
    }
  }

  #readOnce(at: number, into: Buffer, to: number, length: number): number {
    try {
      return readSync(this.#fd, into, to, length, at);
    } catch (cause) {
      throw toStorageError(cause, 'cannot read the file', 'read');
    }
  }

  #writeOnce(at: number, bytes: Buffer, from: number, length: number): number {
    try {
      return writeSync(this.#fd, bytes, from, length, at);
    } catch (cause) {
      throw toStorageError(cause, 'cannot write the file');
    }
  }
}
