/**
 * The bytes of a file that lies whole on this disk, as long as it is the very file that was shared: before anything of
 * what was read goes out its stamp is looked at again. Owns its descriptor until it ends.
 */
import { open } from 'node:fs/promises';
import { StorageError, toStorageError } from '../../net/errors.js';
import { GUEST_BUFFER_BYTES } from '../../net/limits.js';
import { isUnchanged, stampOf, type FileStamp } from '../disk/file-stamp.js';
import { readSome, type Span } from '../disk/span.js';

/** Two buffers by turns: what came before the last one is free again. @throws StorageError */
export async function* sharedBytes(
  { path, stamp }: { readonly path: string; readonly stamp: FileStamp },
  { first, end }: Span,
): AsyncGenerator<Buffer, void, undefined> {
  const handle = await open(path).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  });
  try {
    const buffers = [0, 1].map(() => Buffer.allocUnsafe(GUEST_BUFFER_BYTES));
    for (let at = first, turn = 0; at < end; turn ^= 1) {
      const buffer = buffers[turn]!;
      const count = await readSome(handle, buffer, { first: at, end });
      const stats = await handle.stat({ bigint: true }).catch((cause: unknown) => {
        throw toStorageError(cause, `cannot look at ${path}`, 'read');
      });
      if (!isUnchanged(stamp, stampOf(stats))) throw changed(path);
      at += count;
      yield buffer.subarray(0, count);
    }
  } finally {
    await handle.close();
  }
}

function changed(path: string): StorageError {
  return new StorageError('FILE_CHANGED', `${path} is not what was shared any more`);
}
