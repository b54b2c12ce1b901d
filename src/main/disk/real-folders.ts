/** The folders of a table at its destination: what is placed must not end where a link leads. */
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { atATime } from '../../net/at-a-time.js';
import { toStorageError } from '../../net/errors.js';
import type { FolderTable } from '../../net/folder-table.js';
import { FOLDER_LOOKS_AT_A_TIME } from '../../net/limits.js';
import { noFolder } from './held-way.js';

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
  await atATime(FOLDER_LOOKS_AT_A_TIME, foldersOf(table), async (folder) => {
    const at = join(path, folder);
    const stats = await statsAt(at);
    if (!stats || stats.isDirectory()) return;
    throw noFolder(at);
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
