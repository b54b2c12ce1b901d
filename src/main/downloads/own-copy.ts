/**
 * A download of a file that this client shares itself: the bytes come from its own disk, as a
 * part file whose pieces are checked like those of any earlier run.
 */
import { constants } from 'node:fs';
import { chmod, copyFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { isUnchanged, stampOf } from '../disk/file-stamp.js';
import type { LibraryShare } from '../home/library-records.js';
import { requireFreeSpace } from '../disk/destination.js';

const COPY_MODE = 0o644;

/**
 * Copies a shared file to `partPath`; false when that is not possible, and peers have to help.
 * @throws StorageError DISK_FULL
 */
export async function copyOwnShare(
  { path, stamp }: LibraryShare,
  partPath: string,
): Promise<boolean> {
  const now = await stat(path, { bigint: true }).then(stampOf, () => undefined);
  if (now === undefined || !isUnchanged(stamp, now)) return false;
  await requireFreeSpace(dirname(partPath), stamp.size);
  try {
    // What an earlier run has verified there is the same bytes.
    await copyFile(path, partPath, constants.COPYFILE_FICLONE);
    // A copy takes over the mode, and a read-only part file could not be opened for writing.
    await chmod(partPath, COPY_MODE);
    return true;
  } catch {
    // Half a copy does no harm: without a claim that it is verified it is fetched anew.
    return false;
  }
}
