/**
 * The schema of the PostgreSQL store as steps, and the one function that brings a database to the newest of them. Each
 * is applied once, all that are missing in one transaction; Kysely's Migrator notes which were, and lets one process
 * do it at a time. A step that was released is never edited; a change is a new one.
 */
import { Migrator, sql, type Migration } from 'kysely';
import { StorageError } from '../../../net/errors.js';
import type { Connection } from './connection.js';
import { SCHEMA_0001 } from './schema-0001.js';
import { SCHEMA_0002 } from './schema-0002.js';
import { SCHEMA_0003 } from './schema-0003.js';
import { SCHEMA_0004 } from './schema-0004.js';
import { SCHEMA_0005 } from './schema-0005.js';
import { SCHEMA_0006 } from './schema-0006.js';
import { SCHEMA_0007 } from './schema-0007.js';
import { kyselyOf } from './statements.js';

const step = (text: string): Migration => ({
  up: async (db) => void (await sql.raw(text).execute(db)),
});

/** In the order of their names. */
export const postgresSteps: Readonly<Record<string, string>> = {
  '0001': SCHEMA_0001,
  '0002': SCHEMA_0002,
  '0003': SCHEMA_0003,
  '0004': SCHEMA_0004,
  '0005': SCHEMA_0005,
  '0006': SCHEMA_0006,
  '0007': SCHEMA_0007,
};

/** Up to here a database can be moved up. */
export const KNOWN_POSTGRES_SCHEMA = Object.keys(postgresSteps).length;

/**
 * @throws StorageError IO_ERROR when the database was made by a newer tracker, STATE_MISSING when it is empty and may not
 * be, and what the server says
 */
export async function migrate(connection: Connection, mayBeEmpty = true): Promise<void> {
  const isOurs = await refuseForeignDatabase(connection);
  if (!isOurs && !mayBeEmpty) {
    throw new StorageError('STATE_MISSING', 'no tracker has been in the database');
  }
  const db = kyselyOf<unknown>(connection);
  const migrations = Object.fromEntries(
    Object.entries(postgresSteps).map(([name, text]) => [name, step(text)]),
  );
  const migrator = new Migrator({ db, provider: { getMigrations: async () => migrations } });
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error as Error;
}

/** Refuses what our steps would find in their way, or does not hold what we store; true when a tracker has been in it. */
async function refuseForeignDatabase(connection: Connection): Promise<boolean> {
  const { rows } = await connection.query<{ encoding: string; is_ours: boolean; users: boolean }>(
    `SELECT current_setting('server_encoding') AS encoding,
      to_regclass('kysely_migration') IS NOT NULL AS is_ours,
      to_regclass('users') IS NOT NULL AS users`,
  );
  const { encoding, is_ours: isOurs, users } = rows[0]!;
  if (encoding !== 'UTF8') {
    throw new StorageError(
      'IO_ERROR',
      `the database holds texts as ${encoding}; make one with the encoding UTF8`,
    );
  }
  if (!isOurs && users) {
    throw new StorageError(
      'IO_ERROR',
      'the database is used by something else; make one for the tracker alone',
    );
  }
  if (isOurs) await refuseNewer(connection);
  return isOurs;
}

async function refuseNewer(connection: Connection): Promise<void> {
  const { rows } = await connection.query<{ name: string }>('SELECT name FROM kysely_migration');
  if (rows.every(({ name }) => Object.hasOwn(postgresSteps, name))) return;
  throw new StorageError(
    'IO_ERROR',
    `the database was made by a newer version of the tracker (schema ${rows.length}, this one knows ${KNOWN_POSTGRES_SCHEMA}) and cannot go back; update this one, or restore a copy of before into another database`,
  );
}
