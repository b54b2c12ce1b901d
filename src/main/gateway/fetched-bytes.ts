/** The bytes of a file that is fetched for guests, as they come. Owns its descriptor until it ends. */
import { open, type FileHandle } from 'node:fs/promises';
import { toStorageError } from '../../net/errors.js';
import { GUEST_BUFFER_BYTES } from '../../net/limits.js';
import { readSome, type Span } from '../disk/span.js';
import type { GuestFetch } from './guest-fetch.js';

/** Two buffers by turns: what came before the last one is free again. @throws P2pError */
export async function* fetchedBytes(
  fetch: Pick<GuestFetch, 'readableFrom'>,
  { first, end }: Span,
  signal: AbortSignal,
): AsyncGenerator<Buffer, void, undefined> {
  let handle: FileHandle | undefined;
  try {
    const buffers = [0, 1].map(() => Buffer.allocUnsafe(GUEST_BUFFER_BYTES));
    for (let at = first, turn = 0; at < end; turn ^= 1) {
      const { path, bytes } = await fetch.readableFrom(at, signal);
      // It has another name once it is whole, and is the same file.
      handle ??= await openThere(path);
      const buffer = buffers[turn]!;
      const count = await readSome(handle, buffer, { first: at, end: Math.min(end, bytes) });
      at += count;
      yield buffer.subarray(0, count);
    }
  } finally {
    await handle?.close();
  }
}

async function openThere(path: string): Promise<FileHandle> {
  return open(path).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  });
}
