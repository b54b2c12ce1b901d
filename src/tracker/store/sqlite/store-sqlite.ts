/**
 * The store in one SQLite file: write-ahead log, every commit synced to disk before it is
 * answered, one connection that does all the writing. Owns the database until `close`.
 */
import { Kysely, type Transaction } from 'kysely';
import { checkDatabase } from '../../../net/database-flaw.js';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../../net/embedded-database.js';
import { toStorageError } from '../../../net/errors.js';
import { isSystemError } from '../../../net/system-errors.js';
import { TurnQueue } from '../../turn-queue.js';
import type { Store, StoreCounts, StoreTransaction } from '../store.js';
import { accountStatements } from './accounts.js';
import { contentStatements } from './contents.js';
import { deviceStatements } from './devices.js';
import { embeddedDialect } from './dialect.js';
import type { LookAlikes } from './fill-skeletons.js';
import { fileStatements, shareStatements } from './files.js';
import { versionStatements } from './former-versions.js';
import { groupStatements, memberStatements, requestStatements } from './groups.js';
import { inviteStatements } from './invites.js';
import { lookAlikeStatements } from './look-alikes.js';
import { migrate } from './migrations.js';
import type { Tables } from './tables.js';

const IN_MEMORY = ':memory:';

/**
 * Opens (or creates) the store in a file; `:memory:` for one that dies with the process. Tells of ids
 * in a database of before that look alike.
 */
export async function openSqliteStore(
  path: string,
  onLookAlikes?: (found: LookAlikes) => void,
): Promise<Store> {
  const database = await openEmbeddedDatabase(path);
  try {
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON');
    migrate(database, onLookAlikes);
    if (path !== IN_MEMORY) checkDatabase(database, path);
  } catch (error) {
    database.close();
    throw error;
  }
  return new SqliteStore(database);
}

class SqliteStore implements Store {
  readonly #database: EmbeddedDatabase;
  readonly #kysely: Kysely<Tables>;
  readonly #turns = new TurnQueue();
  readonly #totals: ReturnType<EmbeddedDatabase['prepare']>;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
    this.#totals = database.prepare('SELECT name, value FROM totals');
    this.#kysely = new Kysely<Tables>({ dialect: embeddedDialect(database) });
  }

  async transaction<T>(work: (tx: StoreTransaction) => Promise<T>): Promise<T> {
    try {
      return await this.#turns.run(() =>
        this.#kysely.transaction().execute((tx) => work(bindStatements(tx))),
      );
    } catch (error) {
      throw isSystemError(error) ? toStorageError(error, "the tracker's database") : error;
    }
  }

  async counts(): Promise<StoreCounts> {
    const rows = this.#totals.all() as { name: string; value: number }[];
    const of = new Map(rows.map(({ name, value }) => [name, value]));
    const value = (name: string): number => of.get(name) ?? 0;
    return {
      users: value('users'),
      groups: value('groups'),
      files: value('files'),
      shares: value('shares'),
      descriptionBytes: value('description_bytes'),
    };
  }

  async close(): Promise<void> {
    await this.#turns.idle();
    await this.#kysely.destroy();
    if (!this.#database.isOpen) return;
    // The embedded engine of Node 20 keeps the file open until its statements are collected; after
    // this the main file is whole by itself, whenever that is.
    try {
      this.#database.exec('PRAGMA wal_checkpoint(TRUNCATE)');
    } catch {
      // A full disk, for instance: the log is read back at the next start.
    }
    this.#database.close();
  }
}

function bindStatements(tx: Transaction<Tables>): StoreTransaction {
  return {
    ...accountStatements(tx),
    ...deviceStatements(tx),
    ...lookAlikeStatements(tx),
    ...inviteStatements(tx),
    ...groupStatements(tx),
    ...memberStatements(tx),
    ...requestStatements(tx),
    ...contentStatements(tx),
    ...fileStatements(tx),
    ...shareStatements(tx),
    ...versionStatements(tx),
  };
}
