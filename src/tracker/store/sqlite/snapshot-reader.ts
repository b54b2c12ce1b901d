/**
 * Reads the database as it was at one moment, however much is written meanwhile, until it is told to read on from now.
 * Owns a connection of its own.
 */
import { Kysely } from 'kysely';
import { openToRead, type EmbeddedDatabase } from '../../../net/embedded-database.js';
import { BUSY_DATABASE_WAIT_MS } from '../../../net/limits.js';
import type { StoreCounts, StoreFacts } from '../store.js';
import { embeddedDialect } from './dialect.js';
import { bindStatements } from './statements.js';
import type { Tables } from '../statements/tables.js';

export class SnapshotReader {
  readonly facts: StoreFacts;
  readonly #database: EmbeddedDatabase;
  readonly #kysely: Kysely<Tables>;
  readonly #totals: ReturnType<EmbeddedDatabase['prepare']>;

  private constructor(database: EmbeddedDatabase) {
    this.#database = database;
    this.#totals = database.prepare('SELECT name, value FROM totals');
    this.#kysely = new Kysely<Tables>({ dialect: embeddedDialect(database) });
    this.facts = bindStatements(this.#kysely, database);
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

  /** From here on it reads what is committed by now. Nothing may be reading. */
  renew(): void {
    this.#database.exec('COMMIT');
    this.#begin();
  }

  async close(): Promise<void> {
    await this.#kysely.destroy();
    if (!this.#database.isOpen) return;
    this.#database.exec('COMMIT');
    this.#database.close();
  }

  /** The moment is that of the first statement. */
  #begin(): void {
    this.#database.exec('BEGIN');
    this.#totals.all();
  }
}
