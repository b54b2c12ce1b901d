/**
 * SHA-256 over a whole file, for those who ask for it when they share: one pass, in order, by
 * node:crypto, a turn of the thread at a time so that its sockets go on.
 */
import { createHash } from 'node:crypto';
import { readSync } from 'node:fs';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { StorageError, toStorageError } from '../../net/errors.js';
import { MiB } from '../../net/limits.js';
import type { Sha256Task } from '../messages.js';

const READ_BYTES = 1 * MiB;

/**
 * Writes the digest of the first `size` bytes of the file into the task's `digest`.
 * @throws StorageError
 */
export async function sha256File(task: Sha256Task): Promise<void> {
  const hash = createHash('sha256');
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let at = 0; at < task.size;) {
    const count = readOnce(task.fd, buffer, Math.min(READ_BYTES, task.size - at), at);
    if (count === 0)
      throw new StorageError(
        'FILE_CHANGED',
        'the file became shorter while it was read; try again',
      );
    hash.update(buffer.subarray(0, count));
    at += count;
    await nextTurn();
  }
  new Uint8Array(task.digest).set(hash.digest());
}

function readOnce(fd: number, buffer: Buffer, length: number, position: number): number {
  try {
    return readSync(fd, buffer, 0, length, position);
  } catch (cause) {
    throw toStorageError(cause, 'cannot read the file');
  }
}
