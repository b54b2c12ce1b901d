/** The keys that all trackers of a database show, in the database: the first one brings them, and they stay. */
import type { SharedKeys } from '../shared-store.js';
import type { Connection } from './connection.js';

const BRING =
  'INSERT INTO tracker_keys (name, value) VALUES ($1, $2) ON CONFLICT (name) DO NOTHING';
const FIND = 'SELECT value FROM tracker_keys WHERE name = $1';

export class PostgresKeys implements SharedKeys {
  readonly #connection: () => Promise<Connection>;
  readonly #toStoreError: (error: unknown) => unknown;

  constructor(connection: () => Promise<Connection>, toStoreError: (error: unknown) => unknown) {
    this.#connection = connection;
    this.#toStoreError = toStoreError;
  }

  async find(name: string): Promise<string | undefined> {
    try {
      const connection = await this.#connection();
      return (await connection.query<{ value: string }>(FIND, [name])).rows[0]?.value;
    } catch (error) {
      throw this.#toStoreError(error);
    }
  }

  async bring(name: string, value: string): Promise<void> {
    try {
      await (await this.#connection()).query(BRING, [name, value]);
    } catch (error) {
      throw this.#toStoreError(error);
    }
  }
}
