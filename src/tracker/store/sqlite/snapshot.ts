/**
 * What is done to a tracker's database from beside the tracker, which may run meanwhile: a copy of one moment, and
 * the change of a copy before it is used again. Each opens a connection of its own, and closes it.
 */
import {
  openEmbeddedDatabase,
  openToRead,
  type EmbeddedDatabase,
} from '../../../net/embedded-database.js';
import { BUSY_DATABASE_WAIT_MS, EPOCHS_PER_RESTORE } from '../../../net/limits.js';
import { schemaVersion } from './migrations.js';

const MAX_EPOCH = 2 ** 32 - 1;

/** Runs work on a database that another process may be using; it is there already. */
export async function withDatabase<T>(
  path: string,
  work: (database: EmbeddedDatabase) => T,
): Promise<T> {
  return closedAfter(await openEmbeddedDatabase(path), work);
}

/** The same for work that only reads: the database and its log stay as they are. */
export async function readingDatabase<T>(
  path: string,
  work: (database: EmbeddedDatabase) => T,
): Promise<T> {
  return closedAfter(await openToRead(path), work);
}

function closedAfter<T>(database: EmbeddedDatabase, work: (database: EmbeddedDatabase) => T): T {
  try {
    // Whoever opens or closes it beside us has it alone for a moment.
    database.exec(`PRAGMA busy_timeout = ${BUSY_DATABASE_WAIT_MS}`);
    return work(database);
  } finally {
    database.close();
  }
}

/**
 * Copies a database as it is at one moment, packed, into an empty file that is there. Whoever writes to it
 * meanwhile goes on. Nothing of the copy is synced. Answers its schema.
 */
export async function copyDatabase(from: string, to: string): Promise<number> {
  return withDatabase(from, (database) => {
    const schema = schemaVersion(database);
    database.prepare('VACUUM INTO ?').run(to);
    return schema;
  });
}

/**
 * Raises the epoch of every group beyond all that were given out since this copy was made: else clients that
 * heard of those would refuse every ticket. To the time in seconds, so that the next restore of the same copy raises
 * them further; where that is no rise, by a number.
 */
export async function leaveKnownEpochs(path: string, nowMs: number): Promise<void> {
  const seconds = Math.floor(nowMs / 1_000);
  await withDatabase(path, (database) => {
    // Nobody uses a copy in which this was cut short, so nothing is kept to undo it by.
    database.exec('PRAGMA synchronous = FULL; PRAGMA journal_mode = MEMORY');
    database
      .prepare('UPDATE groups SET epoch = min(CASE WHEN epoch < ? THEN ? ELSE epoch + ? END, ?)')
      .run(seconds, seconds, EPOCHS_PER_RESTORE, MAX_EPOCH);
  });
}
