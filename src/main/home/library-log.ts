/**
 * How the library's commits reach the disk: its log is synced by a thread of libuv's, so that the main thread waits for
 * none that is gathered. What an earlier process has left comes to the disk first. Owns no state.
 */
import { copyLog, mayBeTriedAgain } from '../../net/checkpoints.js';
import type { EmbeddedDatabase } from '../../net/embedded-database.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import { WriteAheadLog } from '../../net/write-ahead-log.js';
import { LostLibraryError } from './lost-library.js';

/**
 * The log of a library that is open and waits for the disk at each commit, which it does no more. Undefined where
 * it has to go on with that: its log cannot be opened as a file, as without a descriptor that is left.
 * @throws LostLibraryError when a disk fails under what an earlier process has left
 */
export async function openLibraryLog(
  database: EmbeddedDatabase,
  path: string,
): Promise<WriteAheadLog | undefined> {
  const isCopied = copyLeft(database, path);
  const log = await WriteAheadLog.open(database, `the library ${path}`).catch(unlessStorage);
  if (!log) return undefined;
  try {
    if (!isCopied) await syncLeft(log);
    database.exec('PRAGMA synchronous=NORMAL');
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/**
 * What a process that did not live to sync it has committed comes to the disk. False where that is not possible: the
 * disk is full or takes no write for another reason, or somebody reads an old state.
 */
function copyLeft(database: EmbeddedDatabase, path: string): boolean {
  try {
    return copyLog(database).isDone;
  } catch (error) {
    if (mayBeTriedAgain(error)) return false;
    throw new LostLibraryError(toStorageError(error, `copying the log of the library ${path}`));
  }
}

async function syncLeft(log: WriteAheadLog): Promise<void> {
  try {
    await log.sync();
  } catch (error) {
    throw new LostLibraryError(error as Error);
  }
}

function unlessStorage(error: unknown): undefined {
  if (!(error instanceof StorageError)) throw error;
}
