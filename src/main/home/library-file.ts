/**
 * The file of the library: made as a whole, so that an empty one is never one that was just begun, and
 * what is wrong with one, with the way out. Knows nothing of what is in it but how it begins.
 */
import { chmod, rename, rm } from 'node:fs/promises';
import { databaseFlaw, isEmptyDatabase } from '../../net/database-flaw.js';
import { openEmbeddedDatabase } from '../../net/embedded-database.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import { damaged, stateFileAt } from '../../net/state-file.js';
import { migrateLibrary } from './library-schema.js';

const WHAT = 'the library';
/** What SQLite puts beside a database. */
const COMPANIONS = ['-wal', '-shm', '-journal'];
const WAY_OUT =
  'restore it from a backup, or move it away to begin with an empty one; files stay where they are, share and download them again';

/**
 * Makes the file when there is none. The home's lock is held, so nobody else does.
 * @throws StorageError STATE_MISSING for an empty one, or what is wrong with it
 */
export async function requireLibraryFile(path: string): Promise<void> {
  const stats = await stateFileAt(path, WHAT, 'write');
  for (const end of COMPANIONS) await stateFileAt(`${path}${end}`, WHAT, 'write');
  if (stats === undefined) return createLibraryFile(path);
  if (!isEmptyDatabase(stats)) return;
  throw new StorageError(
    'STATE_MISSING',
    `the library ${path} is empty, so what this client shared and downloaded is not known any more; ${WAY_OUT}`,
  );
}

/** What a failure of the database means for its user. */
export function libraryError(error: unknown, path: string): StorageError {
  if (error instanceof StorageError) return error;
  if (databaseFlaw(error) !== 'damaged') {
    return toStorageError(error, `cannot open the library ${path}`, 'create');
  }
  return damaged(`the library ${path} is damaged; ${WAY_OUT}`, error);
}

/** Under another name first: whoever is killed on the way leaves no library behind, or a whole one. */
async function createLibraryFile(path: string): Promise<void> {
  const beside = `${path}.new`;
  try {
    for (const end of ['', ...COMPANIONS]) await rm(`${beside}${end}`, { force: true });
    const database = await openEmbeddedDatabase(beside);
    try {
      migrateLibrary(database, beside);
    } finally {
      database.close();
    }
    await chmod(beside, 0o600);
    // What would be taken for the journal of the new file.
    for (const end of COMPANIONS) await rm(`${path}${end}`, { force: true });
    await rename(beside, path);
  } catch (error) {
    throw libraryError(error, path);
  }
}
