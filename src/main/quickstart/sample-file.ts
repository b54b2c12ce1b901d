/** Makes files to show something with, and tells whether two files hold the same bytes. */
import { randomBytes } from 'node:crypto';
import { open, type FileHandle } from 'node:fs/promises';

/** Bytes that are random; the file repeats them, each time with its position in front. */
const BLOCK_BYTES = 4 * 1024 * 1024;

/** Writes `size` bytes that differ from block to block. */
export async function writeSampleFile(path: string, size: number, signal: AbortSignal) {
  const block = randomBytes(BLOCK_BYTES);
  const file = await open(path, 'wx');
  try {
    for (let offset = 0; offset < size; offset += BLOCK_BYTES) {
      signal.throwIfAborted();
      block.writeDoubleBE(offset, 0);
      const length = Math.min(BLOCK_BYTES, size - offset);
      await file.writeFile(length === BLOCK_BYTES ? block : block.subarray(0, length));
    }
  } finally {
    await file.close();
  }
}

/** Whether two files have the same length and bytes. */
export async function areSameBytes(a: string, b: string, signal: AbortSignal): Promise<boolean> {
  const [first, second] = [await open(a, 'r'), await open(b, 'r')];
  try {
    const [firstBlock, secondBlock] = [Buffer.alloc(BLOCK_BYTES), Buffer.alloc(BLOCK_BYTES)];
    for (let offset = 0; ; offset += BLOCK_BYTES) {
      signal.throwIfAborted();
      const left = await readFully(first, firstBlock, offset);
      const right = await readFully(second, secondBlock, offset);
      if (!left.equals(right)) return false;
      if (left.length < BLOCK_BYTES) return true;
    }
  } finally {
    await first.close();
    await second.close();
  }
}

async function readFully(file: FileHandle, block: Buffer, offset: number): Promise<Buffer> {
  let length = 0;
  while (length < block.length) {
    const { bytesRead } = await file.read(block, length, block.length - length, offset + length);
    if (bytesRead === 0) break;
    length += bytesRead;
  }
  return block.subarray(0, length);
}
