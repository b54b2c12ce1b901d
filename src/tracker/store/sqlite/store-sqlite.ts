/**
 * The store in one SQLite file: write-ahead log, one connection that does all the writing, and one that reads what is
 * on the disk. Owns the database until `close`.
 *
 * A commit is written into the log and not synced by SQLite, which would hold up the event loop. Its log is synced in a
 * thread, and then what was committed is told, and read. One commit at a time is on its way to the disk; the next
 * transaction is carried out meanwhile, and is committed after it. So what is read is never more than what the last sync
 * covers, and nobody is told of a change, or of a refusal that a change is the reason for, before it is on the disk.
 * After a sync that failed nothing is committed any more: the system tells of it once, and forgets the lost bytes.
 */
import { Kysely } from 'kysely';
import { checkDatabase } from '../../../net/database-flaw.js';
import { leaveToWaiters } from '../../../net/deferred.js';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../../../net/embedded-database.js';
import { StorageError, toStorageError, TrackerError } from '../../../net/errors.js';
import { BUSY_DATABASE_WAIT_MS, DATABASE_CACHE_KIB } from '../../../net/limits.js';
import { isSystemError } from '../../../net/system-errors.js';
import { OneAtATime } from '../../one-at-a-time.js';
import type { Store, StoreFacts, StoreWork } from '../store.js';
import type { StoreCounts } from '../stored.js';
import { Checkpointer } from './checkpointer.js';
import { emptyLog } from '../../../net/checkpoints.js';
import { embeddedDialect } from './dialect.js';
import type { LookAlikes } from './fill-skeletons.js';
import { LogKeeping } from './log-keeping.js';
import { neverClose } from '../../../net/lost-database.js';
import { KNOWN_SCHEMA, migrate } from './migrations.js';
import { SnapshotReader } from './snapshot-reader.js';
import { bindStatements } from './statements.js';
import type { Tables } from '../statements/tables.js';
import { TransactionGroup } from './transaction-group.js';
import { WriteAheadLog } from '../../../net/write-ahead-log.js';

/** What a store tells of. */
export interface SqliteStoreEvents {
  /** Ids in a database of before look alike. @default nobody hears */
  readonly onLookAlikes?: (found: LookAlikes) => void;
  /** Changes waited for so long until the log had begun anew. @default nobody hears */
  readonly onHeldUp?: (tookMs: number) => void;
  /** The log could not be shortened; that is tried again. @default nobody hears */
  readonly onFault?: (fault: StorageError) => void;
  /** The disk has failed under a sync or a checkpoint: only the next start makes up for it. @default nobody hears */
  readonly onLost?: (error: StorageError) => void;
}

/** Opens (or creates) the store in a file. */
export async function openSqliteStore(
  path: string,
  events: SqliteStoreEvents = {},
): Promise<Store> {
  const database = await openEmbeddedDatabase(path);
  try {
    // Commands look at it too, and one that ends may have it alone for a moment.
    database.exec(`PRAGMA busy_timeout = ${BUSY_DATABASE_WAIT_MS}`);
    database.exec('PRAGMA journal_mode = WAL');
    database.exec('PRAGMA synchronous = FULL');
    database.exec('PRAGMA foreign_keys = ON');
    migrate(database, events.onLookAlikes);
    checkDatabase(database, path);
    database.exec(`PRAGMA cache_size = -${DATABASE_CACHE_KIB}`);
    database.exec('PRAGMA synchronous = NORMAL; PRAGMA wal_autocheckpoint = 0');
    // What undoes a statement, the pages as they were: written to a file they take a sixth of the time of a removal.
    database.exec('PRAGMA temp_store = MEMORY');
  } catch (error) {
    database.close();
    throw error;
  }
  try {
    // Also what a process has left that did not live to sync it.
    emptyLog(database);
  } catch (error) {
    neverClose(database);
    throw error;
  }
  try {
    return await openBeside(database, path, events);
  } catch (error) {
    database.close();
    throw error;
  }
}

/** What else the store needs: its log as a file, and a connection that reads. */
async function openBeside(
  database: EmbeddedDatabase,
  path: string,
  events: SqliteStoreEvents,
): Promise<Store> {
  const log = await WriteAheadLog.open(database, "the tracker's database");
  try {
    // On a full disk, or where somebody else reads an old state, the log could not be emptied.
    await log.sync();
    const reader = await SnapshotReader.open(path);
    return new SqliteStore({ database, reader, path, log, events });
  } catch (error) {
    await log.close();
    throw error;
  }
}

interface StoreParts {
  readonly database: EmbeddedDatabase;
  readonly reader: SnapshotReader;
  readonly path: string;
  readonly log: WriteAheadLog;
  readonly events: SqliteStoreEvents;
}

class SqliteStore implements Store {
  readonly schema = KNOWN_SCHEMA;
  readonly readsBeside = true;
  readonly #database: EmbeddedDatabase;
  readonly #reader: SnapshotReader;
  readonly #log: WriteAheadLog;
  readonly #events: SqliteStoreEvents;
  readonly #checkpointer: Checkpointer;
  readonly #keeping: LogKeeping;
  readonly #kysely: Kysely<Tables>;
  readonly #group: TransactionGroup;
  readonly #totalChanges: ReturnType<EmbeddedDatabase['prepare']>;
  readonly #changes = new OneAtATime();
  readonly #looks = new OneAtATime();
  /** Rejects once a sync has failed, and for ever. */
  #lastSync: Promise<void> = Promise.resolve();
  #changedSoFar = 0;
  #mending: Promise<void> | undefined;
  #closed: Promise<void> | undefined;

  constructor({ database, reader, path, log, events }: StoreParts) {
    this.#database = database;
    this.#reader = reader;
    this.#log = log;
    this.#events = events;
    this.#kysely = new Kysely<Tables>({ dialect: embeddedDialect(database) });
    this.#group = new TransactionGroup(database, bindStatements(this.#kysely, database));
    this.#totalChanges = database.prepare('SELECT total_changes() AS total');
    this.#checkpointer = new Checkpointer(path);
    this.#keeping = this.#keepingOfLog();
  }

  async transaction<T>(work: StoreWork<T>): Promise<T> {
    const [end] = await this.transactions([work]);
    if (end?.status === 'fulfilled') return end.value as T;
    throw end?.reason;
  }

  async transactions(
    works: Iterable<StoreWork<unknown>> | AsyncIterable<StoreWork<unknown>>,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const { ends, onDisk } = await this.#changes.run(async () => {
      await this.#keeping.room();
      const ends = await this.#group.carryOut(works, () => this.#lastSync);
      return { ends, onDisk: this.#sync() };
    });
    try {
      await onDisk;
    } catch (reason) {
      return ends.map(() => ({ status: 'rejected', reason }));
    }
    return ends.map((end) =>
      end.status === 'rejected' ? { ...end, reason: toStoreError(end.reason) } : end,
    );
  }

  async read<T>(work: (facts: StoreFacts) => Promise<T>): Promise<T> {
    try {
      return await this.#looks.run(() => this.#reader.read(work));
    } catch (error) {
      if (this.#reader.isBroken) this.#mendReader();
      throw toStoreError(error);
    }
  }

  async counts(): Promise<StoreCounts> {
    return this.read(async () => this.#reader.counts());
  }

  close(): Promise<void> {
    return (this.#closed ??= this.#close());
  }

  /** Resolves when all that is committed is on the disk, and is read. */
  #sync(): Promise<void> {
    if (!this.#hasChanged()) return this.#lastSync;
    const synced = this.#lastSync.then(async () => {
      try {
        await this.#log.sync();
      } catch (error) {
        this.#events.onLost?.(asStorageError(error, "syncing the log of the tracker's database"));
        throw lost(error);
      }
      await this.#renew();
      leaveToWaiters(this.#keeping.onWritten());
    });
    leaveToWaiters(synced);
    return (this.#lastSync = synced);
  }

  #renew(): Promise<void> {
    return this.#looks.run(async () => this.#reader.renew());
  }

  /** Looks fail until it reads again, from a moment at which all that is committed is on the disk. */
  #mendReader(): void {
    this.#mending ??= this.#changes
      .run(() => this.#lastSync.then(() => this.#renew()))
      .finally(() => (this.#mending = undefined));
    leaveToWaiters(this.#mending);
  }

  /** Since the last time; a transaction that was undone may count, and so does what cannot be told. */
  #hasChanged(): boolean {
    const before = this.#changedSoFar;
    try {
      this.#changedSoFar = (this.#totalChanges.get() as { total: number }).total;
    } catch {
      return true;
    }
    return this.#changedSoFar !== before;
  }

  #keepingOfLog(): LogKeeping {
    return new LogKeeping({
      holds: (frames) => this.#log.holds(frames),
      order: (order) => this.#checkpointer.order(order),
      holdingUp: (work) => this.#changes.run(() => this.#lastSync.then(work)),
      renew: () => this.#renew(),
      steadyMs: () => performance.now(),
      onHeldUp: (tookMs) => this.#events.onHeldUp?.(tookMs),
      onFault: (fault) =>
        this.#events.onFault?.(
          asStorageError(fault, "copying the log into the tracker's database"),
        ),
      onLost: (error) => this.#onLostCopy(error),
    });
  }

  async #close(): Promise<void> {
    await this.#changes.idle();
    const isLost = await this.#lastSync.then(
      () => false,
      () => true,
    );
    await this.#keeping.close();
    await this.#checkpointer.close();
    await this.#log.close();
    await this.#looks.idle();
    await this.#reader.close();
    await this.#kysely.destroy();
    if (!this.#database.isOpen) return;
    // What the disk has lost may still look as if it were there: the next start reads the log itself.
    if (isLost || this.#keeping.isLost) return neverClose(this.#database);
    // The embedded engine of Node 20 keeps the file open until its statements are collected; after
    // this the main file is whole by itself, whenever that is.
    try {
      emptyLog(this.#database);
    } catch (error) {
      this.#onLostCopy(error);
      return neverClose(this.#database);
    }
    this.#database.close();
  }

  #onLostCopy(error: unknown): void {
    this.#events.onLost?.(asStorageError(error, "copying the log into the tracker's database"));
  }
}

function toStoreError(error: unknown): unknown {
  return isSystemError(error) ? toStorageError(error, "the tracker's database") : error;
}

function asStorageError(error: unknown, doing: string): StorageError {
  return error instanceof StorageError ? error : toStorageError(error, doing);
}

function lost(cause: unknown): TrackerError {
  return new TrackerError(
    'TRACKER_STORAGE',
    'the disk of the tracker failed, and whether this is done shows when the tracker is back; tell whoever runs it',
    { cause },
  );
}
