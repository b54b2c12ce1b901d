/**
 * A content that lies in one file. It does not own the descriptor; whoever opened it closes it.
 *
 * Calls block the thread until the kernel has copied the bytes, for a page cache that answers faster
 * than a thread of Node's pool would.
 */
import { readSync, writeSync } from 'node:fs';
import { StorageError, toStorageError } from '../../net/errors.js';
import type { Content } from './content.js';

export class ContentFile implements Content {
  readonly #fd: number;

  /** A content in one file, which is open for what will be asked of it. */
  constructor(fd: number) {
    this.#fd = fd;
  }

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

  write(at: number, bytes: Buffer, from: number, length: number): void {
    for (let done = 0; done < length;) {
      const count = this.#writeOnce(at + done, bytes, from + done, length - done);
      if (count === 0) {
        throw new StorageError('IO_ERROR', 'cannot write the file: the disk took no bytes');
      }
      done += count;
    }
  }

  close(): void {
    // Whoever opened it does that.
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
