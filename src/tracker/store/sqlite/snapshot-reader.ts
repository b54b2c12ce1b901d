/**
 * Reads the database as it was at one moment, however much is written meanwhile, until it is told to read on from now.
 * Owns a connection of its own. When the disk fails under a statement SQLite ends the transaction by itself, and what is
 * read after that would be of any later moment: then nothing is read before it is told so.
 */
import { Kysely } from 'kysely';
import { openToRead, type EmbeddedDatabase } from '../../../net/embedded-database.js';
import { BUSY_DATABASE_WAIT_MS } from '../../../net/limits.js';
import type { StoreFacts } from '../store.js';
import type { StoreCounts } from '../stored.js';
import { embeddedDialect } from './dialect.js';
import { bindStatements } from './statements.js';
import type { Tables } from '../statements/tables.js';

type State =
  | { readonly kind: 'reading' }
  /** Why it has no moment to read. */
  | { readonly kind: 'broken'; readonly reason: unknown };

export class SnapshotReader {
  readonly #facts: StoreFacts;
  #state: State = { kind: 'reading' };
  readonly #database: EmbeddedDatabase;
  readonly #kysely: Kysely<Tables>;
  readonly #totals: ReturnType<EmbeddedDatabase['prepare']>;

  private constructor(database: EmbeddedDatabase) {
    this.#database = database;
    this.#totals = database.prepare('SELECT name, value FROM totals');
    this.#kysely = new Kysely<Tables>({ dialect: embeddedDialect(database) });
    this.#facts = bindStatements(this.#kysely, database);
  }

  /** Over a connection of its own, as the database is now. */
  static async open(path: string): Promise<SnapshotReader> {
    const database = await openToRead(path);
    try {
      database.exec(`PRAGMA busy_timeout = ${BUSY_DATABASE_WAIT_MS}`);
      const reader = new SnapshotReader(database);
      reader.#begin();
      return reader;
    } catch (error) {
      database.close();
      throw error;
    }
  }

  /** It has to be renewed before anything is read. */
  get isBroken(): boolean {
    return this.#state.kind === 'broken';
  }

  /** @throws what has broken it, too */
  async read<T>(work: (facts: StoreFacts) => Promise<T>): Promise<T> {
    if (this.#state.kind === 'broken') throw this.#state.reason;
    try {
      return await work(this.#facts);
    } catch (reason) {
      if (!this.#isInTransaction()) this.#state = { kind: 'broken', reason };
      throw reason;
    }
  }

  /** Belongs into `read`. */
  counts(): StoreCounts {
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

  /** From here on it reads what is committed by now, or is broken. Nothing may be reading. */
  renew(): void {
    try {
      if (this.#isInTransaction()) this.#database.exec('COMMIT');
      this.#begin();
      this.#state = { kind: 'reading' };
    } catch (reason) {
      this.#state = { kind: 'broken', reason };
    }
  }

  async close(): Promise<void> {
    await this.#kysely.destroy();
    if (!this.#database.isOpen) return;
    if (this.#isInTransaction()) this.#database.exec('COMMIT');
    this.#database.close();
  }

  /** The moment is that of the first statement. */
  #begin(): void {
    this.#database.exec('BEGIN');
    this.#totals.all();
  }

  /** Some engines do not say. */
  #isInTransaction(): boolean {
    const { isTransaction } = this.#database as Partial<EmbeddedDatabase>;
    if (isTransaction !== undefined) return isTransaction;
    try {
      this.#database.exec('BEGIN');
    } catch {
      return true;
    }
    this.#database.exec('ROLLBACK');
    return false;
  }
}
