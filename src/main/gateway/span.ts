/** A part of a file, and how it is read. */
import type { FileHandle } from 'node:fs/promises';
import { StorageError, toStorageError } from '../../net/errors.js';

/** Bytes of a file from `first` on, without that at `end`. */
export interface Span {
  readonly first: number;
  readonly end: number;
}

/** As much as fits, from a place on; never nothing. @throws StorageError */
export async function readFully(
  handle: FileHandle,
  buffer: Buffer,
  position: number,
  end: number,
): Promise<Buffer> {
  const length = Math.min(buffer.length, end - position);
  const { bytesRead } = await handle.read(buffer, 0, length, position).catch((cause: unknown) => {
    throw toStorageError(cause, 'cannot read what a guest asks for', 'read');
  });
  if (bytesRead > 0) return buffer.subarray(0, bytesRead);
  throw new StorageError('FILE_CHANGED', 'a file became shorter while a guest took it');
}
