/**
 * Removes from a disk what came from a group and is as it came. What anybody has put beside it, in a folder of it, stays.
 */
import { lstat, rmdir, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import { isAsStamped } from '../../net/folder-stamps.js';
import { isUnchanged, stampOf, type FileStamp } from '../disk/file-stamp.js';
import { scanFolder, type ScannedFolder } from '../sharing/folder-scan.js';

/** What is to go. */
export interface DroppedItem {
  readonly path: string;
  readonly kind: 'file' | 'folder';
  /** As it came. */
  readonly stamp: FileStamp;
  /** It has got another name since, which is another time of change. */
  readonly isRenamed: boolean;
  /** Patterns that were left out of the stamp. */
  readonly exclude: readonly string[];
}

/** False when it is not as it came, or not there; then nothing is done. @throws StorageError */
export async function dropItem(item: DroppedItem, signal: AbortSignal): Promise<boolean> {
  try {
    return await (item.kind === 'file' ? dropFile(item) : dropFolder(item, signal));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw toStorageError(cause, `cannot remove ${item.path}`);
  }
}

async function dropFile({ path, stamp, isRenamed }: DroppedItem): Promise<boolean> {
  const stats = await lstat(path, { bigint: true });
  if (!stats.isFile()) return false;
  if (!isUnchanged(isRenamed ? withoutChange(stamp) : stamp, stampOf(stats))) return false;
  await unlink(path);
  return true;
}

function withoutChange({ size, mtimeNs, inode }: FileStamp): FileStamp {
  return { size, mtimeNs, inode };
}

async function dropFolder(
  { path, stamp, exclude }: DroppedItem,
  signal: AbortSignal,
): Promise<boolean> {
  // Its files have kept their names, whatever that of the folder is.
  const scanned = await scanFolder(path, exclude, signal);
  return isUnchanged(stamp, scanned.stamp) && dropScanned(path, scanned);
}

/** Removes what was seen in a folder; false as soon as a file is not as it was seen any more. */
export async function dropScanned(
  path: string,
  { table, stamps }: Pick<ScannedFolder, 'table' | 'stamps'>,
): Promise<boolean> {
  const folders = new Set<string>();
  for (const [index, entry] of table.entries()) {
    if (entry.kind === 'file') {
      const file = join(path, entry.path);
      const now = await lstat(file, { bigint: true });
      if (!now.isFile() || !isAsStamped(stamps, index, now)) return false;
      await unlink(file);
    } else folders.add(entry.path);
    for (let at = dirname(entry.path); at !== '.'; at = dirname(at)) folders.add(at);
  }
  const deepestFirst = [...folders].sort((a, b) => b.split('/').length - a.split('/').length);
  for (const folder of [...deepestFirst, '']) await rmdir(join(path, folder)).catch(unlessUsed);
  return true;
}

/** Something else lies in it, or it is gone. */
function unlessUsed(error: unknown): void {
  const { code } = error as NodeJS.ErrnoException;
  if (code !== 'ENOTEMPTY' && code !== 'EEXIST' && code !== 'ENOENT') throw error;
}
