/**
 * The store in one SQLite file: write-ahead log, every commit synced to disk before it is
 * answered, one connection that does all the writing. Owns the database until `close`.
 */
import { Kysely } from 'kysely';
import { checkDatabase } from '../../../net/database-flaw.js';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../../net/embedded-database.js';
import { toStorageError } from '../../../net/errors.js';
import { BUSY_DATABASE_WAIT_MS } from '../../../net/limits.js';
import { isSystemError } from '../../../net/system-errors.js';
import { OneAtATime } from '../../one-at-a-time.js';
import type { Store, StoreCounts, StoreFacts, StoreTransaction, StoreWork } from '../store.js';
import { accountStatements } from '../statements/accounts.js';
import { askedOftenStatements } from './asked-often.js';
import { banStatements } from '../statements/bans.js';
import { descriptionStatements } from './descriptions.js';
import { deviceStatements } from '../statements/devices.js';
import { embeddedDialect } from './dialect.js';
import type { LookAlikes } from './fill-skeletons.js';
import { searchStatements } from './file-search.js';
import { fileStatements, shareStatements } from '../statements/files.js';
import { versionStatements } from '../statements/former-versions.js';
import { groupInviteStatements } from '../statements/group-invites.js';
import { groupStatements, requestStatements } from '../statements/groups.js';
import { historyStatements } from './history.js';
import { inviteStatements } from '../statements/invites.js';
import { lookAlikeStatements } from '../statements/look-alikes.js';
import { memberStatements } from '../statements/members.js';
import { KNOWN_SCHEMA, migrate } from './migrations.js';
import { quotaStatements } from '../statements/quotas.js';
import type { Tables } from '../statements/tables.js';
import { newNameStatements } from './new-names.js';
import { TransactionGroup } from './transaction-group.js';
import { sqliteWording } from './wording.js';

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
    // Commands look at it too, and one that ends may have it alone for a moment.
    database.exec(`PRAGMA busy_timeout = ${BUSY_DATABASE_WAIT_MS}`);
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
  readonly schema = KNOWN_SCHEMA;
  readonly #database: EmbeddedDatabase;
  readonly #kysely: Kysely<Tables>;
  readonly #calls = new OneAtATime();
  readonly #group: TransactionGroup;
  readonly #statements: StoreTransaction;
  readonly #totals: ReturnType<EmbeddedDatabase['prepare']>;

  constructor(database: EmbeddedDatabase) {
    this.#database = database;
    this.#totals = database.prepare('SELECT name, value FROM totals');
    this.#kysely = new Kysely<Tables>({ dialect: embeddedDialect(database) });
    this.#statements = bindStatements(this.#kysely, database);
    this.#group = new TransactionGroup(database, this.#statements);
  }

  async transaction<T>(work: StoreWork<T>): Promise<T> {
    const [end] = await this.transactions([work]);
    if (end?.status === 'fulfilled') return end.value as T;
    throw end?.reason;
  }

  async transactions(
    works: Iterable<StoreWork<unknown>>,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const ends = await this.#calls.run(() => this.#group.carryOut(works));
    return ends.map((end) =>
      end.status === 'rejected' ? { ...end, reason: toStoreError(end.reason) } : end,
    );
  }

  async read<T>(work: (facts: StoreFacts) => Promise<T>): Promise<T> {
    try {
      return await this.#calls.run(() => work(this.#statements));
    } catch (error) {
      throw toStoreError(error);
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
    await this.#calls.idle();
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

function toStoreError(error: unknown): unknown {
  return isSystemError(error) ? toStorageError(error, "the tracker's database") : error;
}

function bindStatements(tx: Kysely<Tables>, database: EmbeddedDatabase): StoreTransaction {
  return {
    ...accountStatements(tx),
    ...deviceStatements(tx),
    ...lookAlikeStatements(tx),
    ...inviteStatements(tx),
    ...groupInviteStatements(tx),
    ...groupStatements(tx, sqliteWording),
    ...memberStatements(tx),
    ...banStatements(tx, sqliteWording),
    ...requestStatements(tx),
    ...historyStatements(database),
    ...descriptionStatements(tx),
    ...fileStatements(tx),
    ...shareStatements(tx, sqliteWording),
    ...searchStatements(database),
    ...newNameStatements(database),
    ...versionStatements(tx, sqliteWording),
    ...askedOftenStatements(database),
    ...quotaStatements(tx),
  };
}
