/**
 * One session at a PostgreSQL server. Statements that are handed in without waiting for each other go out together
 * and are answered in their order. Owns the socket until `close`; once that is gone, nothing of it works any more,
 * and every statement under way or to come rejects with `ConnectionGone`.
 */
import { Socket } from 'node:net';
import { Client, types, type ClientConfig } from 'pg';
import { TrackerError } from '../../../net/errors.js';
import {
  DATABASE_CONNECT_TIMEOUT_MS,
  DATABASE_IDLE_TRANSACTION_MS,
  DATABASE_LOCK_TIMEOUT_MS,
  DATABASE_STATEMENT_TIMEOUT_MS,
  MAX_PREPARED_STATEMENTS,
} from '../../../net/limits.js';
import { systemClock, type Clock } from '../../clock.js';
import { AnswerWatch } from './answer-watch.js';
import { ConnectionGone, stateOf } from './faults.js';

export interface Answer<Row> {
  readonly rows: Row[];
  /** The word with which the server says what it did. */
  readonly command: string;
  /** Rows that were read or changed. */
  readonly rowCount: number;
}

const { INT8, NUMERIC } = types.builtins;

/** Our figures are whole numbers of 53 bits; sums of them come as NUMERIC. */
const FIGURES: readonly number[] = [INT8, NUMERIC];

const wholeNumbers: ClientConfig['types'] = {
  getTypeParser: (oid: number, format?: 'text') =>
    FIGURES.includes(oid)
      ? Number
      : (types.getTypeParser(oid, format) as (text: string) => unknown),
} as typeof types;

function configOf(url: string, socket: Socket): ClientConfig & { readonly pipeline: boolean } {
  return {
    connectionString: url,
    stream: () => socket,
    application_name: 'p2p tracker',
    types: wholeNumbers,
    pipeline: true,
    keepAlive: true,
    connectionTimeoutMillis: DATABASE_CONNECT_TIMEOUT_MS,
    statement_timeout: DATABASE_STATEMENT_TIMEOUT_MS,
    lock_timeout: DATABASE_LOCK_TIMEOUT_MS,
    idle_in_transaction_session_timeout: DATABASE_IDLE_TRANSACTION_MS,
  };
}

/** What statements are bound to. */
export type Asker = Pick<Connection, 'query' | 'run'>;

export class Connection {
  readonly #client: Client;
  /** Statements by their text, as the server keeps them for this session. */
  readonly #names = new Map<string, string>();
  readonly #watch: AnswerWatch;
  readonly #onGone: () => void;
  #gone: ConnectionGone | undefined;

  private constructor(url: string, onGone: () => void, delay: Clock['delay']) {
    const socket = new Socket();
    this.#client = new Client(configOf(url, socket));
    this.#onGone = onGone;
    this.#watch = new AnswerWatch(delay, () => {
      this.#end(new Error('no answer has come for too long'));
      socket.destroy();
    });
    this.#client.on('error', (error) => this.#end(error));
    this.#client.on('end', () => this.#end(new Error('the server has closed it')));
  }

  /** `onGone` hears once that it is lost. @throws ConnectionGone, and what the server says */
  static async open(
    url: string,
    onGone: () => void = () => undefined,
    delay: Clock['delay'] = systemClock.delay,
  ): Promise<Connection> {
    const connection = new Connection(url, onGone, delay);
    try {
      await connection.#client.connect();
      // Whatever the server's default is: what is answered is on disk.
      await connection.query(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') IN ('off', 'local')",
      );
      return connection;
    } catch (error) {
      await connection.close();
      throw stateOf(error) === undefined ? new ConnectionGone(error) : error;
    }
  }

  get isOpen(): boolean {
    return this.#gone === undefined;
  }

  /** One statement, which the server keeps prepared. @throws ConnectionGone, and what the server says */
  query<Row>(text: string, values: readonly unknown[] = []): Promise<Answer<Row>> {
    if (values.some((value) => typeof value === 'string' && value.includes('\0'))) {
      // No text of PostgreSQL holds one, and no name of ours.
      throw new TrackerError('BAD_REQUEST', 'a text with a NUL character stands for nothing');
    }
    const name = this.#nameOf(text);
    return this.#ask({ text, values: [...values], ...(name !== undefined && { name }) });
  }

  /** Several statements in one text, without values. @throws as `query` */
  run(text: string): Promise<Answer<unknown>> {
    return this.#ask({ text });
  }

  async close(): Promise<void> {
    this.#gone ??= new ConnectionGone(new Error('it was closed'));
    await this.#client.end().catch(() => undefined);
  }

  async #ask<Row>(config: {
    readonly text: string;
    readonly values?: unknown[];
    readonly name?: string;
  }): Promise<Answer<Row>> {
    if (this.#gone) throw this.#gone;
    this.#watch.onAsked();
    try {
      const { rows, command, rowCount } = await this.#client.query(config);
      return { rows: rows as Row[], command, rowCount: rowCount ?? 0 };
    } catch (error) {
      if (stateOf(error) !== undefined) throw error;
      throw this.#end(error);
    } finally {
      this.#watch.onAnswered();
    }
  }

  #end(cause: unknown): ConnectionGone {
    if (!this.#gone) {
      this.#gone = new ConnectionGone(cause);
      this.#client.end().catch(() => undefined);
      this.#onGone();
    }
    return this.#gone;
  }

  /** There are fewer statements than the bound; beyond it they are prepared each time. */
  #nameOf(text: string): string | undefined {
    const known = this.#names.get(text);
    if (known !== undefined || this.#names.size >= MAX_PREPARED_STATEMENTS) return known;
    const name = `s${this.#names.size}`;
    this.#names.set(text, name);
    return name;
  }
}
