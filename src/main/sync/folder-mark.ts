/**
 * The file by which a folder that is kept the same is known again: it has the name of the group in it. Owns no state.
 */
import { lstat, readFile } from 'node:fs/promises';
import { StorageError, toStorageError } from '../../net/errors.js';
import { MAX_SYNC_MARK_BYTES } from '../../net/limits.js';
import { MARK } from './item-names.js';

/** What it says; undefined where there is none. @throws StorageError */
export async function readMark(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || stats.size > MAX_SYNC_MARK_BYTES) throw strange(path);
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(cause, `cannot read ${path}`, 'read');
  }
}

function strange(path: string): StorageError {
  return new StorageError('DESTINATION_EXISTS', `${path} is none of ours; choose another folder`);
}

/** What an unmounted disk looks like, or a folder that somebody has emptied, or another one in its place. */
export function notMarked(folder: string): StorageError {
  return new StorageError(
    'NO_DESTINATION',
    `${folder} is not as it was: its file ${MARK} is gone, or another one, so that nothing is done there; mount its disk, or make an empty file of that name in it to begin anew`,
  );
}
