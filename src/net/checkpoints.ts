/**
 * Checkpoints, step by step: what is in the write-ahead log comes into the database, and the log begins anew, for which
 * the next writer writes its header and waits until that is on the disk (or pages of an older log could be taken for newer
 * ones after a power cut). So whoever calls this writes at once, and nobody who answers others ever waits for that sync.
 */
import type { GuardedDatabase } from './embedded-database.js';
import { StorageError } from './errors.js';
import { sqliteResultOf } from './system-errors.js';

/** What is used of a database. */
type Logged = Pick<GuardedDatabase, 'exec' | 'prepare'>;

/** What a checkpoint came to. */
export interface Checkpoint {
  /** Frames in the log. */
  readonly frames: number;
  readonly isDone: boolean;
}

/** Copies what nobody reads in its older form; waits for nobody. */
export function copyLog(database: Logged): Checkpoint {
  return checkpoint(database, 'PASSIVE');
}

/** Has the log begin anew, unless somebody reads it or it is not copied; nobody may be writing. */
export function beginLogAnew(database: Logged): Checkpoint {
  const found = checkpoint(database, 'RESTART');
  if (found.isDone) writeNothingNew(database);
  return found;
}

/**
 * Brings all of the log into the database, and leaves an empty file; the first commit after it waits for its header. On a
 * full disk, or where somebody reads an old state, the log stays.
 * @throws what is never to be tried again
 */
export function emptyLog(database: Logged): void {
  try {
    checkpoint(database, 'TRUNCATE');
  } catch (error) {
    if (!mayBeTriedAgain(error)) throw error;
  }
}

/** SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL. */
const PASSING = new Set([5, 6, 13]);
/** SQLITE_IOERR_WRITE and SQLITE_IOERR_TRUNCATE: a quota, or a limit of the process; what was refused counts as not copied. */
const REFUSED_WRITES = new Set([778, 1546]);
/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const FAILED_SYNCS = new Set([1034, 1290]);

/**
 * False when pages that were written may be gone: a copy that ends before the end of the log is not synced, so that the
 * next one has to hear of what became of it. The system tells of that once, and another sync would seem to succeed.
 */
export function mayBeTriedAgain(error: unknown): boolean {
  const result = resultOf(error);
  if (result === undefined) return false;
  return PASSING.has(result & 0xff) || REFUSED_WRITES.has(result);
}

/** What was written before may be gone, and another sync would seem to succeed. */
export function isFailedSync(error: unknown): boolean {
  const result = resultOf(error);
  return result !== undefined && FAILED_SYNCS.has(result);
}

function resultOf(error: unknown): number | undefined {
  return sqliteResultOf(error instanceof StorageError ? error.cause : error);
}

function checkpoint(database: Logged, mode: string): Checkpoint {
  const row = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as {
    busy: number;
    log: number;
    checkpointed: number;
  };
  return { frames: row.log, isDone: row.busy === 0 && row.log === row.checkpointed };
}

/** A commit that changes nothing. The number is not used: which tables there are says `schema_version`. */
function writeNothingNew(database: Logged): void {
  database.exec('PRAGMA user_version = 0');
}
