/** What a path names, before anything is made of it: files and folders are shared, and nothing else. */
import { lstat, realpath } from 'node:fs/promises';
import { toStorageError, UsageError } from '../../net/errors.js';

/** It is not opened: opening a pipe waits until somebody writes into it. @throws StorageError, UsageError */
export async function kindToShare(path: string): Promise<'file' | 'folder'> {
  const stats = await lstat(path).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  });
  if (stats.isSymbolicLink()) throw await aLink(path);
  if (stats.isDirectory()) return 'folder';
  if (!stats.isFile()) throw notAFile(path);
  return 'file';
}

/** A link may lead elsewhere tomorrow, without anybody's word. */
async function aLink(path: string): Promise<UsageError> {
  const target = await realpath(path).catch(() => undefined);
  const advice = target === undefined ? 'it leads nowhere' : `name what it leads to: ${target}`;
  return new UsageError(
    `${path} is a symbolic link, and no link is followed; ${advice}`,
    'NOT_A_FILE',
  );
}

export function notAFile(path: string): UsageError {
  return new UsageError(
    `${path} is not a file or a folder; nothing else can be shared`,
    'NOT_A_FILE',
  );
}
