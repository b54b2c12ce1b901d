/**
 * Removes a folder that was downloaded and is wanted no more: the files of its table, as far as they can be nothing
 * else than ours, and the folders that are empty then. What anybody has put beside them stays.
 */
import { lstat, rmdir } from 'node:fs/promises';
import { join } from 'node:path';
import { atATime } from '../../net/at-a-time.js';
import { toStorageError } from '../../net/errors.js';
import type { FolderTable } from '../../net/folder-entry.js';
import { FOLDER_LOOKS_AT_A_TIME } from '../../net/limits.js';
import { foldersOf } from './real-folders.js';
import { removePart } from './remove-part.js';

/** @throws StorageError */
export async function removeFolder(root: string, table: FolderTable): Promise<void> {
  if (!(await isFolder(root))) return;
  await atATime(FOLDER_LOOKS_AT_A_TIME, filesIn(root, table), async (path) => {
    await removePart(path);
  });
  const inside = foldersOf(table).filter((folder) => folder !== '.');
  for (const folder of [...inside, '.']) {
    // Something of others may be in it, or it has gone.
    await rmdir(join(root, folder)).catch(() => undefined);
  }
}

function* filesIn(root: string, table: FolderTable): Generator<string> {
  for (const { kind, path } of table) if (kind === 'file') yield join(root, path);
}

/** Never a link to one. */
async function isFolder(path: string): Promise<boolean> {
  try {
    return (await lstat(path)).isDirectory();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw toStorageError(cause, `cannot look at ${path}`);
  }
}
