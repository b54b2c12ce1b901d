/**
 * Whether the library of a home is gone: the lock, which is taken before the first one is made, is there
 * and the library is not. A fresh home has neither.
 */
import { stateFileAt } from '../../net/state-file.js';
import type { Home } from './home.js';

/** To be asked before the lock is taken, which makes its file. @throws StorageError */
export async function isLibraryGone(
  home: Pick<Home, 'libraryPath' | 'lockPath'>,
): Promise<boolean> {
  if ((await stateFileAt(home.lockPath, 'the lock file', 'read')) === undefined) return false;
  return (await stateFileAt(home.libraryPath, 'the library', 'read')) === undefined;
}
