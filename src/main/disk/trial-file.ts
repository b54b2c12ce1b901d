/**
 * Writes a small file into a folder and takes it away again: rights alone do not tell what root, a quota, a
 * file system of a server or one that is read-only say to a write.
 */
import { randomBytes } from 'node:crypto';
import { open, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { toStorageError } from '../../net/errors.js';

/** A block of most file systems; a name alone needs none. */
const TRIAL_BYTES = 4_096;

/** @throws StorageError saying why nothing can be written there */
export async function tryToWrite(folder: string): Promise<void> {
  const path = join(folder, `.${randomBytes(4).toString('hex')}.p2p-trial`);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.write(randomBytes(TRIAL_BYTES));
    } finally {
      await file.close();
      await unlink(path);
    }
  } catch (cause) {
    throw toStorageError(cause, `cannot write to ${folder}`, 'create');
  }
}
