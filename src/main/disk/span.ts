/** A part of a file, and how it is read. */
import type { FileHandle } from 'node:fs/promises';
import { StorageError, toStorageError } from '../../net/errors.js';

/** Bytes of a file from `first` on, without that at `end`. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

/** Reads as much of it as fits and the disk gives at once, never nothing; answers how much. @throws StorageError */
export async function readSome(
  handle: FileHandle,
  into: Buffer,
  { first, end }: Span,
): Promise<number> {
  const length = Math.min(into.length, end - first);
  const { bytesRead } = await handle.read(into, 0, length, first).catch((cause: unknown) => {
    throw toStorageError(cause, 'cannot read what is passed on', 'read');
  });
  if (bytesRead > 0) return bytesRead;
  throw new StorageError('FILE_CHANGED', 'a file became shorter while it was read');
}
