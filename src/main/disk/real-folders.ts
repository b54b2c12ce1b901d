/** The folders of a table at its destination: what is placed must not end where a link leads. */
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { atATime } from '../../net/at-a-time.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import type { FolderTable } from '../../net/folder-table.js';
import { FOLDER_LOOKS_AT_A_TIME } from '../../net/limits.js';

/** What has a path itself, no link being followed; undefined for nothing. @throws StorageError */
export async function statsAt(path: string): Promise<BigIntStats | undefined> {
  try {
    return await lstat(path, { bigint: true });
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw toStorageError(cause, `cannot look at ${path}`, 'read');
  }
}

/** @throws StorageError DESTINATION_EXISTS when something else lies where a folder belongs */
export async function requireRealFolders(path: string, table: FolderTable): Promise<void> {
  const folders = foldersOf(table.filter(({ kind }) => kind === 'file'));
  await atATime(FOLDER_LOOKS_AT_A_TIME, folders, async (folder) => {
    const at = join(path, folder);
    const stats = await statsAt(at);
    if (!stats || stats.isDirectory()) return;
    throw new StorageError(
      'DESTINATION_EXISTS',
      `${at} is no folder, and one belongs there; choose another destination, or move it away`,
    );
  });
}

/** Every folder of a table and the root, the deepest first. */
export function foldersOf(table: FolderTable): string[] {
  const folders = new Set<string>(['.']);
  for (const { path, kind } of table) {
    for (let at = kind === 'file' ? dirname(path) : path; at !== '.'; at = dirname(at)) {
      folders.add(at);
    }
  }
  return [...folders].sort((a, b) => b.split('/').length - a.split('/').length);
}
