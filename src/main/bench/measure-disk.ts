/**
 * How fast a file is written and read in large positional pieces, as a transfer does: into the
 * page cache, which is what a download waits for, and through to the disk.
 */
import { open, unlink } from 'node:fs/promises';
import { bestOf } from './best-of.js';
import { toStorageError } from '../../net/errors.js';
import { MiB } from '../../net/limits.js';

/** Bytes per second. */
export interface DiskRates {
  readonly write: number;
  /** The same bytes until the disk has them. */
  readonly writeThrough: number;
  /** Of what was just written. */
  readonly read: number;
}

/** Writes and reads `byteCount` bytes in a file at `path`, which is gone afterwards. */
export async function measureDisk(
  path: string,
  byteCount: number,
  signal: AbortSignal,
): Promise<DiskRates> {
  try {
    const file = await open(path, 'wx+');
    try {
      const block = Buffer.alloc(MiB, 0x5a);
      const pass = (isWriting: boolean): Promise<number> =>
        timed(byteCount, signal, (offset, length) =>
          isWriting ? file.write(block, 0, length, offset) : file.read(block, 0, length, offset),
        );
      const startedMs = performance.now();
      await pass(true);
      await file.datasync();
      const writeThrough = (byteCount * 1000) / (performance.now() - startedMs);
      // A download writes into a fresh file; so does every pass.
      const write = await bestOf(async () => {
        await file.truncate(0);
        return pass(true);
      });
      const read = await bestOf(() => pass(false));
      return { write, writeThrough, read };
    } finally {
      await file.close();
      await unlink(path);
    }
  } catch (error) {
    signal.throwIfAborted();
    throw toStorageError(error, `cannot measure the disk with ${path}`);
  }
}

/** Bytes per second of one pass over the file in blocks. */
async function timed(
  byteCount: number,
  signal: AbortSignal,
  step: (offset: number, length: number) => Promise<unknown>,
): Promise<number> {
  const startedMs = performance.now();
  for (let offset = 0; offset < byteCount; offset += MiB) {
    signal.throwIfAborted();
    await step(offset, Math.min(MiB, byteCount - offset));
  }
  return (byteCount * 1000) / (performance.now() - startedMs);
}
