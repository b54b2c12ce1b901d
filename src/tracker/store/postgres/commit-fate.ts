/**
 * What became of a transaction whose session was lost while it was committed. Each leaves a mark that nobody else has, in
 * the one row of its writer and in place of the one before. Whoever has its claim on the database again reads that row:
 * nobody can have written it since, and the lost session is over, so it says exactly whether the commit took place. (The
 * number of a transaction does not: a server that crashes gives those that it has lost away again.)
 *
 * The server is asked until it answers, COMMIT_FATE_WAIT_MS at most. What is unknown then is found out in the next
 * session before anything else is done in it.
 *
 *   settled → unknown → settled
 */
import { COMMIT_FATE_WAIT_MS, DATABASE_RECONNECT_PAUSE_MS } from '../../../net/limits.js';
import type { Connection } from './connection.js';
import { THE_TRACKER } from './database-claim.js';
import type { WorkSession } from './work-session.js';

/** `unknown` when the server did not answer in time. */
export type Fate = 'committed' | 'undone' | 'unknown';

export interface CommitFateOptions {
  readonly session: () => Promise<WorkSession>;
  /** Hears that changes were made, of which it was said that they might be. */
  readonly onUntoldChanges: () => void;
  /** Whose row it is, and no other's at the same time. @default the one tracker of a database */
  readonly writer?: number | undefined;
  /** @default a timer */
  readonly pause?: ((ms: number) => Promise<void>) | undefined;
  /** A clock that nobody sets. @default that of the process */
  readonly steadyMs?: (() => number) | undefined;
}

/** A transaction that has changed nothing leaves none: it would have to be written down for that alone. */
const LEAVE = `
INSERT INTO commit_marks (writer, mark)
SELECT $1::smallint, $2::uuid WHERE pg_current_xact_id_if_assigned() IS NOT NULL
ON CONFLICT (writer) DO UPDATE SET mark = excluded.mark`;

const FIND = 'SELECT 1 FROM commit_marks WHERE writer = $1::smallint AND mark = $2::uuid';

export class CommitFate {
  readonly #session: () => Promise<WorkSession>;
  readonly #onUntoldChanges: () => void;
  readonly #writer: number;
  readonly #pause: (ms: number) => Promise<void>;
  readonly #steadyMs: () => number;
  /** The mark of a commit of which nobody knows; nothing else is done before that is settled. */
  #unknown: string | undefined;

  constructor(options: CommitFateOptions) {
    this.#session = options.session;
    this.#onUntoldChanges = options.onUntoldChanges;
    this.#writer = options.writer ?? THE_TRACKER;
    this.#pause = options.pause ?? pause;
    this.#steadyMs = options.steadyMs ?? (() => performance.now());
  }

  /** A session in which it is known what was done before. @throws ConnectionGone, and what the server says */
  async session(): Promise<WorkSession> {
    const session = await this.#session();
    if (this.#unknown !== undefined) await this.#settle(session, this.#unknown);
    return session;
  }

  /** Leaves a mark in the transaction of a session. @throws ConnectionGone, and what the server says */
  async leave(connection: Connection, mark: string): Promise<void> {
    await connection.query(LEAVE, [this.#writer, mark]);
  }

  /** Whether the transaction with this mark was committed. Never rejects. */
  async of(mark: string): Promise<Fate> {
    const untilMs = this.#steadyMs() + COMMIT_FATE_WAIT_MS;
    do {
      const isThere = await this.#ask(mark).catch(() => undefined);
      if (isThere !== undefined) return isThere ? 'committed' : 'undone';
      await this.#pause(DATABASE_RECONNECT_PAUSE_MS);
    } while (this.#steadyMs() < untilMs);
    this.#unknown = mark;
    return 'unknown';
  }

  async #settle({ connection }: WorkSession, mark: string): Promise<void> {
    const isThere = await this.#isThere(connection, mark);
    this.#unknown = undefined;
    if (isThere) this.#onUntoldChanges();
  }

  async #ask(mark: string): Promise<boolean> {
    const { connection } = await this.#session();
    return this.#isThere(connection, mark);
  }

  async #isThere(connection: Connection, mark: string): Promise<boolean> {
    const { rows } = await connection.query(FIND, [this.#writer, mark]);
    return rows.length > 0;
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
