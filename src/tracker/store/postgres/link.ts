/**
 * The way to the database: one session that does all the work and has the claim of this tracker on it
 * (database-claim.ts), one for those who ask for figures meanwhile, and one for what other trackers have committed. A
 * session that is lost is made anew when the next one asks for it.
 *
 *   away → open → away → … → closed
 */
import { DATABASE_RECONNECT_PAUSE_MS, ONLY_TRACKER_WAIT_MS } from '../../../net/limits.js';
import { Connection } from './connection.js';
import { ConnectionGone } from './faults.js';
import {
  databaseInUse,
  endSession,
  sessionOf,
  takeDatabase,
  type Claim,
} from './database-claim.js';
import { SideSession } from './side-session.js';
import { workIn, type WorkSession } from './work-session.js';

export interface LinkOptions {
  readonly url: string;
  /** @default alone */
  readonly claim?: Claim;
  /**
   * Hears that the session that had the database for us is lost: what was read before may not be true any more, and
   * what is read from now on is.
   */
  readonly onOthersMayHaveWritten: () => void;
  /** @default a timer */
  readonly pause?: (ms: number) => Promise<void>;
  /** A clock that nobody sets. @default that of the process */
  readonly steadyMs?: () => number;
}

type State =
  | { readonly name: 'away'; readonly triedAtMs: number }
  | { readonly name: 'opening'; readonly opened: Promise<WorkSession> }
  | { readonly name: 'open'; readonly session: WorkSession }
  | { readonly name: 'closed' };

export class DatabaseLink {
  readonly #options: Required<LinkOptions>;
  #state: State = { name: 'away', triedAtMs: -Infinity };
  /** The number of the last session at the server; undefined before the first one. */
  #pid: number | undefined;
  readonly #figures: SideSession;
  readonly #outbox: SideSession;

  constructor(options: LinkOptions) {
    const alone: Claim = { kind: 'alone' };
    this.#options = { pause, steadyMs: () => performance.now(), claim: alone, ...options };
    this.#figures = new SideSession(options.url);
    this.#outbox = new SideSession(options.url);
  }

  /**
   * The first session, for whoever starts a tracker: waits for one that is just ending. What `prepare` does is done
   * before anything else. @throws StorageError HOME_IN_USE, ConnectionGone, and what the server says
   */
  async start(prepare: (connection: Connection) => Promise<void>): Promise<void> {
    const connection = await this.#connect();
    try {
      const untilMs = this.#options.steadyMs() + ONLY_TRACKER_WAIT_MS;
      while (!(await takeDatabase(connection, this.#options.claim))) {
        if (this.#options.steadyMs() >= untilMs) throw databaseInUse();
        await this.#options.pause(DATABASE_RECONNECT_PAUSE_MS);
      }
      await prepare(connection);
      this.#pid = await sessionOf(connection);
      this.#state = { name: 'open', session: await workIn(connection) };
    } catch (error) {
      await connection.close();
      throw error;
    }
  }

  /** The session that works. @throws ConnectionGone, and what the server says */
  session(): Promise<WorkSession> {
    const state = this.#state;
    switch (state.name) {
      case 'open':
        if (state.session.connection.isOpen) return Promise.resolve(state.session);
        return this.#open();
      case 'opening':
        return state.opened;
      case 'away': {
        const sinceMs = this.#options.steadyMs() - state.triedAtMs;
        if (sinceMs >= DATABASE_RECONNECT_PAUSE_MS) return this.#open();
        return Promise.reject(new ConnectionGone(new Error('it did not answer just now')));
      }
      case 'closed':
        return Promise.reject(new ConnectionGone(new Error('the store is closed')));
    }
  }

  /** The session for figures, which waits for no work. @throws as `session` */
  figures(): Promise<Connection> {
    return this.#figures.get();
  }

  /** The session for what other trackers have committed. @throws as `session` */
  outbox(): Promise<Connection> {
    return this.#outbox.get();
  }

  async close(): Promise<void> {
    const state = this.#state;
    this.#state = { name: 'closed' };
    const opened = state.name === 'opening' ? await state.opened.catch(() => undefined) : undefined;
    await (state.name === 'open' ? state.session : opened)?.connection.close();
    await Promise.all([this.#figures.close(), this.#outbox.close()]);
  }

  #open(): Promise<WorkSession> {
    const opened = this.#reopen();
    this.#state = { name: 'opening', opened };
    return opened;
  }

  async #reopen(): Promise<WorkSession> {
    try {
      const session = await this.#takeBack(await this.#connect());
      if (this.#state.name === 'opening') this.#state = { name: 'open', session };
      return session;
    } catch (error) {
      if (this.#state.name === 'opening') {
        this.#state = { name: 'away', triedAtMs: this.#options.steadyMs() };
      }
      throw error;
    }
  }

  #connect(): Promise<Connection> {
    return Connection.open(this.#options.url, this.#options.onOthersMayHaveWritten);
  }

  /** The session of a connection that has the database for us again; closes one that does not get it. */
  async #takeBack(connection: Connection): Promise<WorkSession> {
    const { claim } = this.#options;
    try {
      if (!(await takeDatabase(connection, claim))) {
        if (this.#pid !== undefined) await endSession(connection, claim, this.#pid);
        if (!(await takeDatabase(connection, claim))) {
          throw new ConnectionGone(new Error('another session still has the database'));
        }
      }
      this.#pid = await sessionOf(connection);
      return await workIn(connection);
    } catch (error) {
      await connection.close();
      throw error;
    }
  }
}

function pause(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
