/**
 * SHA-256 over a whole file, for those who ask for it when they share: one pass, in order, by
 * node:crypto, a turn of the thread at a time so that its sockets go on.
 */
import { createHash } from 'node:crypto';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { MiB } from '../../net/limits.js';
import { openContent } from '../disk/open-content.js';
import type { Sha256Task } from '../messages/hashing.js';

const READ_BYTES = 1 * MiB;

/**
 * Writes the digest of the first `size` bytes of the file into the task's `digest`.
 * @throws StorageError
 */
export async function sha256File(task: Sha256Task): Promise<void> {
  const hash = createHash('sha256');
  const file = openContent(task.content);
  const buffer = Buffer.allocUnsafe(READ_BYTES);
  for (let at = 0; at < task.size; at += READ_BYTES) {
    const length = Math.min(READ_BYTES, task.size - at);
    file.read(at, buffer, 0, length);
    hash.update(buffer.subarray(0, length));
    await nextTurn();
  }
  new Uint8Array(task.digest).set(hash.digest());
}
