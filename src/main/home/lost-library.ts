/** The error of a library whose disk has failed: only the next process can make up for it. */
import { StorageError } from '../../net/errors.js';

/** What was committed may not be on the disk, though it looks so: nothing is noted in this library any more. */
export class LostLibraryError extends StorageError {
  constructor(cause: Error) {
    super(
      'IO_ERROR',
      `the disk failed under the library, in which nothing can be noted until this client is started anew (${cause.message})`,
      { cause },
    );
  }
}
