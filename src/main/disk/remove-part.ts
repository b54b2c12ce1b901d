/**
 * Removes a part file that nobody wants any more. Others may be able to write to its folder, so what has its name
 * is removed only if it can be nothing else: a plain file of ours, without a second name.
 */
import { lstat, unlink } from 'node:fs/promises';
import { toStorageError } from '../../net/errors.js';

/** What became of a part file; `foreign` is something else that has its name, and stays. */
export type PartRemoval =
  { readonly kind: 'removed'; readonly bytes: number } | { readonly kind: 'nothing' | 'foreign' };

const BYTES_PER_BLOCK = 512;

/** @throws StorageError */
export async function removePart(partPath: string): Promise<PartRemoval> {
  try {
    const stats = await lstat(partPath);
    const isOurs = process.getuid === undefined || stats.uid === process.getuid();
    if (!stats.isFile() || stats.nlink > 1 || !isOurs) return { kind: 'foreign' };
    await unlink(partPath);
    return { kind: 'removed', bytes: stats.blocks * BYTES_PER_BLOCK };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'nothing' };
    throw toStorageError(cause, `cannot remove ${partPath}`);
  }
}
