/** Opens the library of a home: its file, its schema, its log. Owns no state. */
import { chmod } from 'node:fs/promises';
import { isFailedSync } from '../../net/checkpoints.js';
import { checkDatabase } from '../../net/database-flaw.js';
import {
  guardDatabase,
  openEmbeddedDatabase,
  type EmbeddedDatabase,
} from '../../net/embedded-database.js';
import { toStorageError, type StorageError } from '../../net/errors.js';
import { neverClose } from '../../net/lost-database.js';
import type { WriteAheadLog } from '../../net/write-ahead-log.js';
import { closeQuietly } from './close-quietly.js';
import type { Home } from './home.js';
import { Library } from './library.js';
import { libraryError, requireLibraryFile } from './library-file.js';
import { openLibraryLog } from './library-log.js';
import { LostLibraryError } from './lost-library.js';
import { migrateLibrary } from './library-schema.js';
import { Spool } from './spool.js';

/**
 * Opens (or creates) the library of a home, whose lock is held.
 * With `cache` a power cut may cost the latest changes, and nothing else.
 * @throws StorageError STATE_MISSING for one that is empty, or what is wrong with the file; after a LostLibraryError it
 * must not be opened again in this process
 */
export async function openLibrary(
  home: Home,
  durability: 'disk' | 'cache' = 'disk',
): Promise<Library> {
  const path = home.libraryPath;
  await requireLibraryFile(path);
  const database = await openEmbeddedDatabase(path).catch((error: unknown) => {
    throw libraryError(error, path);
  });
  try {
    database.exec('PRAGMA busy_timeout=1000');
    await chmod(path, 0o600);
    const synchronous = durability === 'disk' ? 'FULL' : 'NORMAL';
    database.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${synchronous}`);
    database.exec('PRAGMA foreign_keys=ON');
    // Checkpoints wait for the disk as well; 16 MiB of log are read back in no time.
    database.exec('PRAGMA wal_autocheckpoint=4096');
    migrateLibrary(database, path);
    checkDatabase(database, path);
  } catch (error) {
    throw givenUp(database, isFailedSync(error) ? lost(error, path) : error, path);
  }
  let log: WriteAheadLog | undefined;
  try {
    log = durability === 'disk' ? await openLibraryLog(database, path) : undefined;
    const guarded = guardDatabase(database, `cannot use the library ${path}`);
    return new Library(guarded, new Spool(home.spoolPath), log);
  } catch (error) {
    await log?.close();
    throw givenUp(database, error, path);
  }
}

function lost(error: unknown, path: string): LostLibraryError {
  return new LostLibraryError(toStorageError(error, `cannot open the library ${path}`));
}

function givenUp(database: EmbeddedDatabase, error: unknown, path: string): StorageError {
  // Its log may not have reached the disk, though it looks so: that is for the next process to read.
  if (error instanceof LostLibraryError) neverClose(database);
  else closeQuietly(database);
  return libraryError(error, path);
}
