/**
 * Whether the library of a home is gone: the lock, which is taken before the first one is made, is there
 * and the library is not. A fresh home has neither; one whose first library could not be made has a file that says so.
 */
import { rm, writeFile } from 'node:fs/promises';
import { toStorageError } from '../../net/errors.js';
import { stateFileAt } from '../../net/state-file.js';
import type { Home } from './home.js';

type Paths = Pick<Home, 'libraryPath' | 'lockPath'>;

/** To be asked before the lock is taken, which makes its file. @throws StorageError */
export async function isLibraryGone(home: Paths): Promise<boolean> {
  if (!(await isThere(home.lockPath, 'the lock file'))) return false;
  if (await isThere(home.libraryPath, 'the library')) return false;
  return !(await isThere(begunPath(home), BEGUN));
}

/** Notes in a fresh home, before its lock is taken, that its first library is about to be made. @throws StorageError */
export async function noteFirstLibrary(home: Paths): Promise<void> {
  if (await isThere(home.lockPath, 'the lock file')) return;
  if (await isThere(home.libraryPath, 'the library')) return;
  await stateFileAt(begunPath(home), BEGUN, 'write');
  try {
    await writeFile(begunPath(home), '', { mode: 0o600 });
  } catch (error) {
    throw toStorageError(error, `cannot make the library ${home.libraryPath}`, 'create');
  }
}

/** The library is there: from now on it can be gone. */
export async function forgetFirstLibrary(home: Paths): Promise<void> {
  // One that stays only hides a loss.
  await rm(begunPath(home), { force: true }).catch(() => undefined);
}

const BEGUN = 'the mark of a library that is being made';

function begunPath({ libraryPath }: Paths): string {
  return `${libraryPath}.begun`;
}

async function isThere(path: string, what: string): Promise<boolean> {
  return (await stateFileAt(path, what, 'read')) !== undefined;
}
