/**
 * Checkpoints, step by step: what is in the write-ahead log comes into the database, and the log begins anew, for which
 * the next writer writes its header and waits until that is on the disk (or pages of an older log could be taken for newer
 * ones after a power cut). So whoever calls this writes at once, and nobody who answers others ever waits for that sync.
 */
import type { EmbeddedDatabase } from './embedded-database.js';
import { sqliteResultOf } from './system-errors.js';

/** What a checkpoint came to. */
export interface Checkpoint {
  /** Frames in the log. */
  readonly frames: number;
  readonly isDone: boolean;
}

/** Copies what nobody reads in its older form; waits for nobody. */
export function copyLog(database: EmbeddedDatabase): Checkpoint {
  return checkpoint(database, 'PASSIVE');
}

/** Has the log begin anew, unless somebody reads it or it is not copied; nobody may be writing. */
export function beginLogAnew(database: EmbeddedDatabase): Checkpoint {
  const found = checkpoint(database, 'RESTART');
  if (found.isDone) writeNothingNew(database);
  return found;
}

/**
 * Brings all of the log into the database, and leaves an empty file; the first commit after it waits for its header. On a
 * full disk, or where somebody reads an old state, the log stays.
 * @throws what is never to be tried again
 */
export function emptyLog(database: EmbeddedDatabase): void {
  try {
    checkpoint(database, 'TRUNCATE');
  } catch (error) {
    if (!mayBeTriedAgain(error)) throw error;
  }
}

/** SQLITE_BUSY, SQLITE_LOCKED, SQLITE_FULL. */
const PASSING = new Set([5, 6, 13]);

/**
 * False when pages that were written may be gone: a copy that ends before the end of the log is not synced, so that the
 * next one has to hear of what became of it. The system tells of that once, and another sync would seem to succeed.
 */
export function mayBeTriedAgain(error: unknown): boolean {
  const result = sqliteResultOf(error);
  return result !== undefined && PASSING.has(result & 0xff);
}

function checkpoint(database: EmbeddedDatabase, mode: string): Checkpoint {
  const row = database.prepare(`PRAGMA wal_checkpoint(${mode})`).get() as {
    busy: number;
    log: number;
    checkpointed: number;
  };
  return { frames: row.log, isDone: row.busy === 0 && row.log === row.checkpointed };
}

/** A commit that changes nothing. The number is not used: which tables there are says `schema_version`. */
function writeNothingNew(database: EmbeddedDatabase): void {
  database.exec('PRAGMA user_version = 0');
}
