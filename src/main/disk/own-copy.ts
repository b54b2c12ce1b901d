/**
 * Fills the part file of a repair from the damaged file: where the file system can, both
 * then share their bytes. The copy goes into a descriptor, never to a name that may lead elsewhere
 * by now.
 */
import { createReadStream } from 'node:fs';
import { constants, copyFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { toStorageError } from '../../net/errors.js';
import { requireFreeSpace } from './destination.js';
import { isUnchanged, stampOf, type FileStamp } from './file-stamp.js';
import { createFile, openLeftFile, type OpenFile } from './open-files.js';

const PERMISSIONS = 0o777;

/**
 * Fills a part file from a file on this disk; false when that is not possible or the file is not
 * what `stamp` says, and peers have to help. The bytes are checked like those of any earlier run.
 * @throws StorageError DISK_FULL or SYSTEM_LIMIT
 */
export async function copyToPartFile(
  path: string,
  stamp: FileStamp,
  partPath: string,
): Promise<boolean> {
  const now = await stat(path, { bigint: true }).then(stampOf, () => undefined);
  if (now === undefined || !isUnchanged(stamp, now)) return false;
  await requireFreeSpace(dirname(partPath), stamp.size);
  const mayBe = (size: number): boolean => size === stamp.size || size === 0;
  const file = (await createFile(partPath)) ?? (await openLeftFile(partPath, mayBe));
  if (!file) return false;
  try {
    // A copy takes over the mode of its source; the finished file has that of any new one.
    const { mode } = await file.handle.stat();
    await copyInto(path, file);
    await file.handle.chmod(mode & PERMISSIONS);
    return true;
  } catch (error) {
    // Half a copy does no harm: without a claim that it is verified it is fetched anew.
    await file.handle.truncate(0).catch(() => undefined);
    const fault = toStorageError(error, `cannot copy ${path}`, 'read');
    // With too few descriptors peers cannot help either.
    if (fault.code === 'SYSTEM_LIMIT') throw fault;
    return false;
  } finally {
    await file.release();
  }
}

async function copyInto(path: string, { fd, handle }: OpenFile): Promise<void> {
  if (process.platform === 'linux') {
    await copyFile(path, `/proc/self/fd/${fd}`, constants.COPYFILE_FICLONE);
    return;
  }
  // No name stands for a descriptor here, so the bytes have to pass through this thread.
  await pipeline(createReadStream(path), handle.createWriteStream({ start: 0, autoClose: false }));
}
