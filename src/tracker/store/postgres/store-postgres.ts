/**
 * The store in a database of a PostgreSQL server. Everything is carried out in one session, one after the other;
 * figures are asked for in another. What is answered is on the disk of that server. While the server does not answer,
 * everything is refused with BUSY, and nothing of it is done later; but of what was just being committed nobody may know,
 * and then it is said so.
 */
import { randomInt } from 'node:crypto';
import { DATABASE_LOOK_WAIT_MS, MAX_WRITERS } from '../../../net/limits.js';
import { OneAtATime } from '../../one-at-a-time.js';
import type { Published, StoreOutbox } from '../shared-store.js';
import type { Store, StoreFacts, StoreWork } from '../store.js';
import type { StoreCounts } from '../stored.js';
import { CommitFate, type CommitFateOptions } from './commit-fate.js';
import type { Connection } from './connection.js';
import { THE_TRACKER, type Claim } from './database-claim.js';
import { toStoreError } from './faults.js';
import { DatabaseLink, type LinkOptions } from './link.js';
import { KNOWN_POSTGRES_SCHEMA, migrate } from './migrations.js';
import { PostgresOutbox, writeOutbox } from './outbox.js';
import { Patience } from './patience.js';
import { PostgresKeys } from './shared-keys.js';
import { TransactionGroup } from './transaction-group.js';
import { BEGIN_LOOK, type WorkSession } from './work-session.js';

const COUNT = 'SELECT name, sum(value) AS value FROM totals GROUP BY name';

export interface PostgresStoreOptions
  extends Omit<LinkOptions, 'claim'>, Pick<CommitFateOptions, 'onUntoldChanges'> {
  /** Takes a database in which no tracker has been. @default true */
  readonly mayBeEmpty?: boolean;
  /** Lets other trackers work with the same database, and tells them what it commits. @default false */
  readonly isShared?: boolean;
}

/**
 * Opens the store in a database that is there, and makes its tables.
 * @throws StorageError HOME_IN_USE when another tracker has the database, STATE_MISSING when it is empty and may not be, and what the server says
 */
export async function openPostgresStore({
  mayBeEmpty = true,
  isShared = false,
  ...options
}: PostgresStoreOptions): Promise<Store> {
  const claim: Claim = isShared
    ? { kind: 'shared', writer: randomInt(THE_TRACKER + 1, MAX_WRITERS) }
    : { kind: 'alone' };
  const link = new DatabaseLink({ ...options, claim });
  await link.start((connection) => migrate(connection, mayBeEmpty));
  const session = (): Promise<WorkSession> => link.session();
  const writer = claim.kind === 'shared' ? claim.writer : THE_TRACKER;
  const fate = new CommitFate({ ...options, session, writer });
  return new PostgresStore(link, fate, isShared ? writer : undefined);
}

class PostgresStore implements Store {
  readonly schema = KNOWN_POSTGRES_SCHEMA;
  readonly readsBeside = false;
  readonly #link: DatabaseLink;
  readonly #fate: CommitFate;
  readonly #calls = new OneAtATime();
  readonly #patience = new Patience(DATABASE_LOOK_WAIT_MS);
  readonly #group: TransactionGroup;

  readonly outbox: StoreOutbox | undefined;
  readonly sharedKeys: PostgresKeys | undefined;
  /** What `transactions` that runs now has published. */
  #published: Published | 'unknown' | undefined;

  /** `writer`: the number of this tracker among those that share the database; undefined for one that is alone. */
  constructor(link: DatabaseLink, fate: CommitFate, writer: number | undefined) {
    this.#link = link;
    this.#fate = fate;
    const isShared = writer !== undefined;
    const outbox = (): Promise<Connection> => link.outbox();
    this.outbox = isShared ? new PostgresOutbox(outbox, writer, toStoreError) : undefined;
    this.sharedKeys = isShared ? new PostgresKeys(outbox, toStoreError) : undefined;
    this.#group = new TransactionGroup({
      fate,
      writeOutbox: isShared
        ? (connection, entries) => writeOutbox(connection, writer, entries)
        : undefined,
      onPublished: (published) => (this.#published = joined(this.#published, published)),
    });
  }

  async transaction<T>(work: StoreWork<T>): Promise<T> {
    const [end] = await this.transactions([work]);
    if (end?.status === 'fulfilled') return end.value as T;
    throw end?.reason;
  }

  async transactions(
    works: Iterable<StoreWork<unknown>> | AsyncIterable<StoreWork<unknown>>,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const ends = await this.#calls.run(async () => {
      this.#published = undefined;
      const ended = await this.#group.carryOut(works);
      if (this.#published !== undefined) this.outbox?.onPublished?.(this.#published);
      return ended;
    });
    return ends.map((end) =>
      end.status === 'rejected' ? { ...end, reason: toStoreError(end.reason) } : end,
    );
  }

  async read<T>(work: (facts: StoreFacts) => Promise<T>): Promise<T> {
    try {
      return await this.#patience.wait(() =>
        this.#calls.run(async () => {
          const session = await this.#fate.session();
          // Where nobody else writes a look needs no transaction to see one moment.
          return this.outbox ? inOneMoment(session, work) : work(session.statements);
        }),
      );
    } catch (error) {
      throw toStoreError(error);
    }
  }

  async counts(): Promise<StoreCounts> {
    const value = await this.#totals().catch((error: unknown) => {
      throw toStoreError(error);
    });
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
    await this.#link.close();
  }

  async #totals(): Promise<(name: string) => number> {
    const connection = await this.#link.figures();
    const { rows } = await connection.query<{ name: string; value: number }>(COUNT);
    const of = new Map(rows.map(({ name, value }) => [name, value]));
    return (name) => of.get(name) ?? 0;
  }
}

/** Of several transactions, which may have rows of others between them. */
function joined(
  before: Published | 'unknown' | undefined,
  next: Published | 'unknown',
): Published | 'unknown' {
  if (before === undefined) return next;
  if (before === 'unknown' || next === 'unknown') return 'unknown';
  return { first: before.first, last: next.last, count: before.count + next.count };
}

/** A look at what was committed at one moment. */
async function inOneMoment<T>(
  { connection, statements }: WorkSession,
  work: (facts: StoreFacts) => Promise<T>,
): Promise<T> {
  // In one flight with the first statement behind it; what failed of it is thrown below.
  const begun = connection.run(BEGIN_LOOK);
  begun.catch(() => undefined);
  try {
    const found = await work(statements);
    await begun;
    return found;
  } finally {
    // What fails of it is the session, of which the next one hears.
    connection.run('COMMIT').catch(() => undefined);
  }
}
