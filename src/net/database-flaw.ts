/**
 * What is wrong with a database file, in three words: somebody else has it, or it is damaged. Both
 * engines name the result of SQLite; extended results keep the plain one in the low byte.
 */
import { statSync } from 'node:fs';
import type { EmbeddedDatabase } from './embedded-database.js';
import { StorageError } from './errors.js';
import { MAX_CHECKED_DATABASE_BYTES } from './limits.js';
import { sqliteResultOf } from './system-errors.js';

type Statement = ReturnType<EmbeddedDatabase['prepare']>;

const SQLITE_ERROR = 1;

export type DatabaseFlaw = 'busy' | 'damaged';

/** SQLITE_BUSY, SQLITE_CORRUPT, SQLITE_NOTADB. */
const FLAWS: ReadonlyMap<number, DatabaseFlaw> = new Map([
  [5, 'busy'],
  [11, 'damaged'],
  [26, 'damaged'],
]);

/** What an error of the database says; undefined when it is another one. */
export function databaseFlaw(error: unknown): DatabaseFlaw | undefined {
  if (error instanceof DamagedDatabase || error instanceof OtherTables) return 'damaged';
  const result = sqliteResultOf(error);
  return result === undefined ? undefined : FLAWS.get(result & 0xff);
}

/** SQLite takes a file of one byte for an empty one too, and would begin a new database in it. */
export function isEmptyDatabase({ size }: { readonly size: number }): boolean {
  return size <= 1;
}

/** What a check has found. */
class DamagedDatabase extends Error {}

/** A statement does not fit the tables. Nobody who opens the file hears of that, so it says what to do. */
class OtherTables extends StorageError {
  constructor(what: string, options: ErrorOptions) {
    super('IO_ERROR', `the database is damaged (${what}); restore it from a backup`, options);
  }
}

/**
 * A statement of ours, over the tables that ours have made.
 * @throws an error of which `databaseFlaw` says damaged when it does not fit them
 */
export function preparedBy(database: EmbeddedDatabase, sql: string): Statement {
  try {
    return database.prepare(sql);
  } catch (error) {
    const { errcode, message } = error as { errcode?: unknown; message: string };
    if (errcode !== SQLITE_ERROR) throw error;
    throw new OtherTables(message, { cause: error });
  }
}

/**
 * Reads a database through, unless it is so large that this would take long; damage there shows when
 * it is met.
 * @throws an error of which `databaseFlaw` says damaged
 */
export function checkDatabase(database: EmbeddedDatabase, path: string): void {
  if (statSync(path).size > MAX_CHECKED_DATABASE_BYTES) return;
  const row = database.prepare('PRAGMA quick_check(1)').get() as { quick_check: string };
  if (row.quick_check !== 'ok') throw new DamagedDatabase(row.quick_check);
}
