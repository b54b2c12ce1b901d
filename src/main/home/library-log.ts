/**
 * How the library's commits reach the disk: its log is synced by a thread of libuv's, so that the main thread waits for
 * none of them. Owns no state.
 */
import { copyLog, mayBeTriedAgain } from '../../net/checkpoints.js';
import type { EmbeddedDatabase } from '../../net/embedded-database.js';
import { StorageError } from '../../net/errors.js';
import { WriteAheadLog } from '../../net/write-ahead-log.js';

/**
 * The log of a library that is open and waits for the disk at each commit, which it does no more. Undefined where
 * it has to go on with that: no file can be opened any more.
 * @throws what the disk says of what an earlier process has left
 */
export async function openLibraryLog(
  database: EmbeddedDatabase,
  path: string,
): Promise<WriteAheadLog | undefined> {
  const isCopied = copyLeft(database);
  const log = await WriteAheadLog.open(path, `the library ${path}`).catch(unlessStorage);
  if (!log) return undefined;
  try {
    // On a full disk, or while somebody reads an old state.
    if (!isCopied) await log.sync();
    database.exec('PRAGMA synchronous=NORMAL');
    return log;
  } catch (error) {
    await log.close();
    throw error;
  }
}

/** What a process that did not live to sync it has committed comes to the disk. */
function copyLeft(database: EmbeddedDatabase): boolean {
  try {
    return copyLog(database).isDone;
  } catch (error) {
    if (!mayBeTriedAgain(error)) throw error;
    return false;
  }
}

function unlessStorage(error: unknown): undefined {
  if (!(error instanceof StorageError)) throw error;
}
