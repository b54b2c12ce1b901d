/**
 * Checkpoints, step by step: what is in the write-ahead log comes into the database, and the log begins anew, for which
 * the next writer writes its header and waits until that is on the disk (or pages of an older log could be taken for newer
 * ones after a power cut). So whoever calls this writes at once, and nobody who answers others ever waits for that sync.
 */
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';

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

/** Brings all of the log into the database, and leaves an empty file; the first commit after it waits for its header. */
export function emptyLog(database: EmbeddedDatabase): void {
  checkpoint(database, 'TRUNCATE');
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
