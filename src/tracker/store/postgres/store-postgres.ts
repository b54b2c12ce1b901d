/**
 * The store in a database of a PostgreSQL server. Everything is carried out in one session, one after the other;
 * figures are asked for in another. What is answered is on the disk of that server. While the server does not answer,
 * everything is refused with BUSY, and nothing of it is done later; but of what was just being committed nobody may know,
 * and then it is said so.
 */
import { OneAtATime } from '../../one-at-a-time.js';
import type { Store, StoreCounts, StoreFacts, StoreWork } from '../store.js';
import { CommitFate, type CommitFateOptions } from './commit-fate.js';
import { toStoreError } from './faults.js';
import { DatabaseLink, type LinkOptions } from './link.js';
import { KNOWN_POSTGRES_SCHEMA, migrate } from './migrations.js';
import { TransactionGroup } from './transaction-group.js';
import type { WorkSession } from './work-session.js';

const COUNT = 'SELECT name, sum(value) AS value FROM totals GROUP BY name';

export interface PostgresStoreOptions
  extends LinkOptions, Pick<CommitFateOptions, 'onUntoldChanges'> {
  /** Takes a database in which no tracker has been. @default true */
  readonly mayBeEmpty?: boolean;
}

/**
 * Opens the store in a database that is there, and makes its tables.
 * @throws StorageError HOME_IN_USE when another tracker has the database, STATE_MISSING when it is empty and may not be, and what the server says
 */
export async function openPostgresStore({
  mayBeEmpty = true,
  ...options
}: PostgresStoreOptions): Promise<Store> {
  const link = new DatabaseLink(options);
  await link.start((connection) => migrate(connection, mayBeEmpty));
  const session = (): Promise<WorkSession> => link.session();
  return new PostgresStore(link, new CommitFate({ ...options, session }));
}

class PostgresStore implements Store {
  readonly schema = KNOWN_POSTGRES_SCHEMA;
  readonly readsBeside = false;
  readonly #link: DatabaseLink;
  readonly #fate: CommitFate;
  readonly #calls = new OneAtATime();
  readonly #group: TransactionGroup;

  constructor(link: DatabaseLink, fate: CommitFate) {
    this.#link = link;
    this.#fate = fate;
    this.#group = new TransactionGroup(fate);
  }

  async transaction<T>(work: StoreWork<T>): Promise<T> {
    const [end] = await this.transactions([work]);
    if (end?.status === 'fulfilled') return end.value as T;
    throw end?.reason;
  }

  async transactions(
    works: Iterable<StoreWork<unknown>> | AsyncIterable<StoreWork<unknown>>,
  ): Promise<PromiseSettledResult<unknown>[]> {
    const ends = await this.#calls.run(() => this.#group.carryOut(works));
    return ends.map((end) =>
      end.status === 'rejected' ? { ...end, reason: toStoreError(end.reason) } : end,
    );
  }

  /** Nobody else writes, so that a look needs no transaction to see one moment; see only-tracker.ts. */
  async read<T>(work: (facts: StoreFacts) => Promise<T>): Promise<T> {
    try {
      return await this.#calls.run(async () => work((await this.#fate.session()).statements));
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
