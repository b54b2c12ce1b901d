/**
 * A simulated client's end of the tracker link, in the states of the real one: dialling, greeting,
 * ready, lost. A call on its way when the connection is lost is not repeated; one that finds no
 * connection waits for the next.
 */
import { TrackerError } from '../../src/net/errors.js';
import type { OnlinePeer, PeerAddress, TrackerNotifications } from '../../src/net/tracker-api.js';
import type { Announcement } from '../../src/net/tracker-api.js';
import { reconnectDelayMs } from '../../src/main/tracker-link/reconnect-delay.js';
import type { TrackerCalls } from '../../src/main/tracker-link/tracker-calls.js';
import type { SimTracker, TrackerSession } from './sim-tracker.js';
import type { VirtualClock } from './virtual-clock.js';

export interface SimTrackerLinkOptions {
  readonly clock: VirtualClock;
  readonly random: () => number;
  readonly tracker: SimTracker;
  readonly deviceId: string;
  readonly userId: string;
  /** From here to the tracker. */
  readonly latencyMs: number;
  readonly onConnected: (calls: TrackerCalls) => Promise<void>;
  readonly onPeers: (peers: TrackerNotifications['peers']) => void;
}

interface Connection {
  readonly session: TrackerSession;
  readonly calls: TrackerCalls;
  /** Calls without an answer: how each fails. */
  readonly open: Set<() => void>;
  isOver: boolean;
}

type Params = { addresses: PeerAddress[] } & { files: Announcement[] };

export class SimTrackerLink {
  readonly #options: SimTrackerLinkOptions;
  #connection: Connection | undefined;
  #waiting: ((calls: TrackerCalls) => void)[] = [];
  #attempt = 0;
  #isReady = false;
  #isClosed = false;

  constructor(options: SimTrackerLinkOptions) {
    this.#options = options;
    this.#dialSoon(0);
  }

  get isConnected(): boolean {
    return this.#isReady;
  }

  /** The calls of a link that comes back by itself. */
  async calls(): Promise<TrackerCalls> {
    return {
      call: async (method, params) => {
        const calls = this.#isReady ? this.#connection!.calls : await this.#whenReady();
        return calls.call(method, params);
      },
    };
  }

  /** The process is gone; the tracker hears of it at once. */
  close(): void {
    this.#isClosed = true;
    this.#lose();
  }

  #whenReady(): Promise<TrackerCalls> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  #dialSoon(waitMs: number): void {
    const { clock, latencyMs } = this.#options;
    clock.later(waitMs + 2 * latencyMs, () => this.#onDialled());
  }

  #onDialled(): void {
    const { tracker, random, onConnected, clock } = this.#options;
    if (this.#isClosed) return;
    if (!tracker.isUp) return this.#dialSoon(reconnectDelayMs(this.#attempt++, random()));
    const connection = this.#connect();
    this.#connection = connection;
    onConnected(connection.calls).then(
      () => {
        if (connection.isOver) return;
        this.#attempt = 0;
        this.#isReady = true;
        const waiting = this.#waiting;
        this.#waiting = [];
        for (const resolve of waiting) resolve(connection.calls);
        clock.settles();
      },
      (error: unknown) => {
        // Lost during the greeting; whatever else it is, is a mistake.
        if (!(error instanceof TrackerError)) throw error;
      },
    );
    clock.settles();
  }

  #connect(): Connection {
    const { tracker, deviceId, userId, latencyMs, clock, onPeers } = this.#options;
    const session: TrackerSession = {
      deviceId,
      login: { userId },
      tell: ({ params }) =>
        void clock.later(latencyMs, () => {
          // No name gets another content here.
          if (!connection.isOver && 'online' in params) onPeers(params);
        }),
      onLost: () => void clock.later(latencyMs, () => this.#onLost(connection)),
    };
    const connection: Connection = {
      session,
      calls: { call: (method, params) => this.#call(connection, method, params as Params) },
      open: new Set(),
      isOver: false,
    };
    tracker.open(session);
    return connection;
  }

  #onLost(connection: Connection): void {
    if (connection.isOver) return;
    this.#lose();
    if (!this.#isClosed) {
      this.#dialSoon(reconnectDelayMs(this.#attempt++, this.#options.random()));
    }
  }

  #lose(): void {
    const connection = this.#connection;
    this.#connection = undefined;
    this.#isReady = false;
    if (!connection) return;
    connection.isOver = true;
    this.#options.tracker.close(connection.session);
    for (const fail of connection.open) fail();
    connection.open.clear();
    this.#options.clock.settles();
  }

  #call(connection: Connection, method: string, params: Params): Promise<never> {
    const { clock, tracker, latencyMs } = this.#options;
    return new Promise((resolve, reject) => {
      const fail = (): void => reject(new TrackerError('CONNECTION_LOST', 'the tracker is gone'));
      if (connection.isOver) return fail();
      connection.open.add(fail);
      clock.later(latencyMs + tracker.answerMs, () => {
        if (!tracker.isSession(connection.session)) return;
        const answer = this.#carryOut(connection.session, method, params);
        clock.later(latencyMs, () => {
          if (!connection.open.delete(fail)) return;
          resolve(answer as never);
          clock.settles();
        });
      });
    });
  }

  #carryOut(session: TrackerSession, method: string, params: Params): object {
    const { tracker } = this.#options;
    switch (method) {
      case 'goOnline':
        tracker.goOnline(session, params.addresses);
        return {};
      case 'announce':
        for (const file of params.files) tracker.announce(session, file);
        return { refused: [] };
      case 'watch': {
        const peers: readonly OnlinePeer[] = tracker.watch(session);
        return { peers, ticket: '', epoch: 1, expiresAtMs: Infinity };
      }
      case 'unwatch':
        tracker.unwatch(session);
        return {};
      default:
        throw new Error(`the simulated tracker knows no ${method}`);
    }
  }
}
