/** Numbers of 64 bits, which the library keeps as text. */
import { StorageError } from '../../net/errors.js';

/** @throws StorageError IO_ERROR for what a damaged disk has made of one */
export function wholeNumber(text: string): bigint {
  try {
    return BigInt(text);
  } catch (cause) {
    throw new StorageError(
      'IO_ERROR',
      'a row of library.db in the home folder is damaged; restore that file from a backup, or move it away to begin with an empty one',
      { cause },
    );
  }
}
