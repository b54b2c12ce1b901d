/**
 * The client's end of the tracker link. It owns the connection, loses and regains it by
 * itself, and holds calls back until the engine has restored its session on a new one.
 *
 *   dialling -> greeting -> ready -> lost -> dialling -> ...      any -> closed
 *
 * It must never send anything before the tracker's key was checked (tracker-socket.ts).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { crash, detach } from '../../net/detach.js';
import { display } from '../../net/display.js';
import { CancelledError, P2pError, TrackerError, bug, toWireError } from '../../net/errors.js';
import {
  MAX_CALLS_WAITING_FOR_LINK,
  TRACKER_CONNECT_TIMEOUT_MS,
  TRACKER_DIAL_SILENCE_MS,
  TRACKER_PING_INTERVAL_MS,
  TRACKER_REQUEST_TIMEOUT_MS,
  TRACKER_RETURN_WAIT_MS,
  TRACKER_SILENCE_MS,
} from '../../net/limits.js';
import type { TrackerMethod, TrackerMethods } from '../../net/tracker-api.js';
import type { ClientEvent } from '../api/client-events.js';
import { isAskedAgain, OnceCalls } from './ask-once.js';
import type { Shown } from './dial-address.js';
import { dialFate } from './dial-fate.js';
import { DoubtPatience } from './doubt-patience.js';
import { SilenceNews } from './silence-news.js';
import { ReturnPace } from './return-pace.js';
import { addressText } from './address-text.js';
import { checkNotification, type TrackerCalls, type TrackerPush } from './tracker-calls.js';
import { TrackerConnection } from './tracker-connection.js';
import type { TrackerTarget } from './tracker-socket.js';

type LinkNews =
  | ('tracker-silent' | 'tracker-lost' | 'tracker-still-lost' | 'tracker-back')
  | ('tracker-connected' | 'tracker-retried');

/** What a link tells unasked. */
export type LinkEvent = Extract<ClientEvent, { type: LinkNews | 'notification-ignored' }>;

/** Waits of a link, in milliseconds. */
export interface LinkTimes {
  /** For TLS and WebSocket handshake together. @default 10 s */
  readonly connectTimeoutMs: number;
  /** For an answer, and before a call for the reconnect. @default 30 s */
  readonly requestTimeoutMs: number;
  /** Between two pings. @default 20 s */
  readonly pingIntervalMs: number;
  /** After so long without an answer it is told that one is waited for. @default 2 s */
  readonly silenceMs: number;
}

const defaultTimes: LinkTimes = {
  connectTimeoutMs: TRACKER_CONNECT_TIMEOUT_MS,
  requestTimeoutMs: TRACKER_REQUEST_TIMEOUT_MS,
  pingIntervalMs: TRACKER_PING_INTERVAL_MS,
  silenceMs: TRACKER_SILENCE_MS,
};

export interface TrackerLinkOptions extends Omit<
  TrackerTarget,
  'pingIntervalMs' | 'upgradeMs' | 'silenceMs' | 'found'
> {
  /**
   * Restores the session on a fresh connection (resume, go online, announce) by the calls
   * handed in; calls on the link itself wait until it resolves. When it rejects, the
   * connection is given up: `connect` rejects with that error, a reconnect is tried again.
   */
  readonly onConnected: (calls: TrackerCalls, isFirst: boolean) => Promise<void>;
  /** Makes calls that go along with the first dial, before `onConnected`. */
  readonly early?: (calls: TrackerCalls) => void;
  /** Hears every well-formed notification, in order. Must not throw. */
  readonly onNotification: (push: TrackerPush) => void;
  /** Hears that an established connection was lost; the link reconnects by itself. */
  readonly onLost?: (error: P2pError) => void;
  /** Hears how the connection fares; must not throw. */
  readonly onEvent: (event: LinkEvent) => void;
  /** Gives up the first attempt. */
  readonly signal?: AbortSignal;
  /** What differs from the usual waits. */
  readonly times?: Partial<LinkTimes>;
}

type LinkState =
  | { readonly name: 'dialling'; readonly lastError: P2pError | undefined }
  /** `onConnected` is at work. */
  | { readonly name: 'greeting'; readonly connection: TrackerConnection }
  | { readonly name: 'ready'; readonly connection: TrackerConnection }
  /** Waiting before the next attempt; `isSpread`: only because the tracker wants its clients one by one. */
  | { readonly name: 'lost'; readonly lastError: P2pError; readonly isSpread: boolean }
  | { readonly name: 'closed' };

/** A call that waits for the link to be ready. */
interface Waiter {
  readonly resolve: (connection: TrackerConnection) => void;
  readonly reject: (error: P2pError) => void;
  readonly timer: NodeJS.Timeout;
}

export class TrackerLink implements TrackerCalls {
  readonly #options: TrackerLinkOptions;
  readonly #times: LinkTimes;
  readonly #silence: SilenceNews;
  readonly #patience = new DoubtPatience();
  readonly #waiters = new Set<Waiter>();
  /** Aborted by `close`: ends dialling and waiting. */
  readonly #closing = new AbortController();
  readonly #once = new OnceCalls({
    ready: (waitMs) => this.#readyToAsk(waitMs),
    ended: this.#closing.signal,
  });
  #state: LinkState = { name: 'dialling', lastError: undefined };
  /** Of the first connection. */
  #trackerId: string | undefined;
  /** When the connection was lost last, by the steady clock. */
  #lostAtMs = 0;
  /** The loop that runs while the connection is lost. */
  #reconnecting: Promise<void> = Promise.resolve();
  /** Aborted to dial without further waiting. */
  #hurry = new AbortController();

  /**
   * Connects for the first time, in one attempt.
   * @throws TrackerError TRACKER_UNREACHABLE or IDENTITY_CHANGED, and what `onConnected` throws;
   * CancelledError when it is given up
   */
  static async connect(options: TrackerLinkOptions): Promise<TrackerLink> {
    const link = new TrackerLink(options);
    const giveUp = (): void => detach(() => link.close(), crash);
    options.signal?.addEventListener('abort', giveUp, { once: true });
    if (options.signal?.aborted) giveUp();
    try {
      await link.#establish(true);
      const tracker = addressText(options.addresses.current);
      options.onEvent({ type: 'tracker-connected', tracker });
      return link;
    } catch (error) {
      await link.close();
      throw error;
    } finally {
      options.signal?.removeEventListener('abort', giveUp);
    }
  }

  private constructor(options: TrackerLinkOptions) {
    this.#options = options;
    this.#times = { ...defaultTimes, ...options.times };
    this.#silence = new SilenceNews(this.#times.silenceMs, () => {
      const tracker = addressText(options.addresses.current);
      options.onEvent({ type: 'tracker-silent', tracker });
    });
  }

  /** The tracker's identity, the same for every address it has; see tracker-socket.ts. */
  get trackerId(): string {
    return this.#trackerId ?? bug('a link before its first connection');
  }

  /** True while calls go out at once. */
  get isConnected(): boolean {
    return this.#state.name === 'ready';
  }

  /** Pings the tracker; false while it is not connected. See TrackerSocket. */
  ping(onAnswer: () => void): boolean {
    if (this.#state.name !== 'ready') return false;
    this.#state.connection.ping(onAnswer);
    return true;
  }

  /**
   * Asks the tracker; while the connection is lost, waits for it as long as for an answer.
   * A call whose connection is lost on the way may have arrived. It is asked for again, with the same key, where the
   * tracker does such changes once, and where nothing is changed, if the tracker was given up for another of its
   * addresses; any other is not.
   */
  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']> {
    if (isAskedAgain(method, params)) return this.#once.call(method, params);
    const { calls } = await this.#readyToAsk();
    return calls.call(method, params);
  }

  /**
   * Resolves when calls go out at once. For somebody who sits and waits: while the connection is
   * lost he is told so after a moment, and at once when that was long ago.
   * @throws TrackerError CONNECTION_LOST or IDENTITY_CHANGED
   */
  async whenReadySoon(): Promise<void> {
    this.#hurryPast();
    const lostForMs = performance.now() - this.#lostAtMs;
    const waitMs = Math.min(this.#times.requestTimeoutMs, TRACKER_RETURN_WAIT_MS - lostForMs);
    await this.#ready(Math.max(0, waitMs));
  }

  /**
   * This machine has other addresses: a connection from one that has gone is given up, and a lost one
   * is dialled at once.
   */
  onNetworkChanged(): void {
    this.#options.addresses.onNetworkChanged();
    if ('connection' in this.#state) this.#state.connection.endIfStranded();
    this.#hurry.abort();
  }

  /** Ends the link for good; idempotent, resolves when nothing of it is alive. */
  async close(): Promise<void> {
    const state = this.#state;
    const error = new CancelledError('the link to the tracker was closed');
    this.#state = { name: 'closed' };
    this.#closing.abort(error);
    for (const waiter of [...this.#waiters]) this.#dismiss(waiter).reject(error);
    if ('connection' in state) await state.connection.close(error);
    await this.#reconnecting;
  }

  /** Somebody waits: of people there are few, and they need not wait for their turn. */
  #hurryPast(): void {
    if (this.#state.name === 'lost' && this.#state.isSpread) this.#hurry.abort();
  }

  /** `waitMs`: of who asks again, before whom the connection was lost. */
  #readyToAsk(waitMs?: number): Promise<TrackerConnection> {
    if (waitMs !== undefined) this.#hurryPast();
    return this.#silence.during(this.#ready(waitMs));
  }

  /** One attempt: dials, greets, lets the waiting calls go. `found`: dialled already; its end is the caller's when this fails. */
  async #establish(isFirst: boolean, found?: Shown): Promise<void> {
    const opening = TrackerConnection.open({
      target: {
        ...this.#options,
        pingIntervalMs: this.#times.pingIntervalMs,
        // Whoever waits for the first one is told why it took so long; another one is made anyway.
        silenceMs: isFirst ? undefined : TRACKER_DIAL_SILENCE_MS,
        found,
      },
      signal: this.#closing.signal,
      watch: (asking) => this.#silence.during(asking),
      patience: this.#patience,
      connectTimeoutMs: this.#times.connectTimeoutMs,
      requestTimeoutMs: this.#times.requestTimeoutMs,
      ...(isFirst && this.#options.early && { early: this.#options.early }),
      onNotification: (name, payload) => this.#onNotification(name, payload),
      isPatient: isFirst,
      onEnded: (ended, error, spreadMs) => this.#onConnectionEnded(ended, error, spreadMs),
    });
    // Of a later one whoever waits for it hears.
    const connection = await (isFirst ? this.#silence.during(opening) : opening);
    try {
      // The link may have been closed at the very moment at which the dialling succeeded.
      this.#closing.signal.throwIfAborted();
      this.#trackerId ??= connection.trackerId;
      this.#state = { name: 'greeting', connection };
      if (connection.tracker) this.#options.addresses.onWorked(connection.tracker);
      await this.#options.onConnected(connection.calls, isFirst);
      // The connection may be gone without a call of the greeting having noticed.
      if (connection.endedBy !== undefined) throw connection.endedBy;
    } catch (error) {
      this.#onGreetingFailed(connection, error);
      await connection.close(new CancelledError('the greeting of the tracker failed'));
      throw error;
    }
    this.#greetingToReady(connection);
  }

  /** The next attempt begins at another address. */
  #onGreetingFailed({ tracker }: TrackerConnection, error: unknown): void {
    if (!tracker || !(error instanceof P2pError) || error instanceof CancelledError) return;
    this.#options.addresses.onFailed(tracker, error, performance.now());
  }

  #greetingToReady(connection: TrackerConnection): void {
    this.#state = { name: 'ready', connection };
    for (const waiter of [...this.#waiters]) this.#dismiss(waiter).resolve(connection);
  }

  #onConnectionEnded(
    ended: TrackerConnection,
    error: P2pError,
    spreadMs: number | undefined,
  ): void {
    // During the greeting, the attempt itself fails with this error.
    if (this.#state.name !== 'ready' || this.#state.connection !== ended) return;
    this.#options.onEvent({ type: 'tracker-lost', error: toWireError(error) });
    const pace = new ReturnPace(spreadMs, Math.random, ended.wasGivenUp);
    this.#reconnecting = this.#reconnect(error, pace, ended.takeFound());
    this.#options.onLost?.(error);
  }

  #onNotification(name: string, payload: unknown): void {
    const push = checkNotification(name, payload);
    if (push !== undefined) this.#options.onNotification(push);
    else this.#options.onEvent({ type: 'notification-ignored', name });
  }

  /** Tries until it is connected or the link is closed. */
  async #reconnect(lostBy: P2pError, pace: ReturnPace, found?: Shown): Promise<void> {
    this.#lostAtMs = performance.now();
    let lastError = lostBy;
    for (let attempts = 1; !this.#isClosed; attempts++) {
      this.#state = { name: 'lost', lastError, isSpread: pace.isSpread };
      if (!(await this.#pause(pace.nextMs()))) return void found?.tls.destroy();
      if (this.#hurry.signal.aborted) pace.startAnew();
      this.#state = { name: 'dialling', lastError };
      try {
        await this.#establish(false, found);
        const tracker = addressText(this.#options.addresses.current);
        return this.#options.onEvent({ type: 'tracker-back', tracker });
      } catch (error) {
        found?.tls.destroy();
        found = undefined;
        if (!(error instanceof P2pError)) throw error;
        lastError = error;
        const wireError = toWireError(error);
        if (pace.isFirst) this.#options.onEvent({ type: 'tracker-still-lost', error: wireError });
        this.#options.onEvent({ type: 'tracker-retried', attempts, error: wireError });
        pace.onFailed(dialFate(error));
      }
    }
  }

  /** Waits; false when the link was closed meanwhile. */
  async #pause(ms: number): Promise<boolean> {
    this.#hurry = new AbortController();
    const signal = AbortSignal.any([this.#closing.signal, this.#hurry.signal]);
    try {
      await delay(ms, undefined, { signal });
    } catch {
      // The only reason to reject is the abort.
    }
    return !this.#isClosed;
  }

  async #ready(waitMs = this.#times.requestTimeoutMs): Promise<TrackerConnection> {
    switch (this.#state.name) {
      case 'ready':
        return this.#state.connection;
      case 'closed':
        throw new CancelledError('the link to the tracker was closed');
      case 'dialling':
      case 'lost': {
        // Waiting does not help against a changed key: the user has to act.
        const { lastError } = this.#state;
        if (lastError?.code === 'IDENTITY_CHANGED') throw lastError;
        return this.#wait(waitMs);
      }
      case 'greeting':
        return this.#wait(waitMs);
    }
  }

  #wait(waitMs: number): Promise<TrackerConnection> {
    return new Promise((resolve, reject) => {
      if (this.#waiters.size >= MAX_CALLS_WAITING_FOR_LINK) throw this.#stillLost();
      const timer = setTimeout(() => {
        this.#dismiss(waiter).reject(this.#stillLost());
      }, waitMs);
      const waiter: Waiter = { resolve, reject, timer };
      this.#waiters.add(waiter);
    });
  }

  /** Takes a waiter off the list; whoever calls settles it. */
  #dismiss(waiter: Waiter): Waiter {
    clearTimeout(waiter.timer);
    this.#waiters.delete(waiter);
    return waiter;
  }

  #stillLost(): P2pError {
    return new TrackerError(
      'CONNECTION_LOST',
      `the tracker at ${this.#address} is not connected and does not come back yet; it is dialled again and again, try again later`,
    );
  }

  get #address(): string {
    return display(addressText(this.#options.addresses.current));
  }

  get #isClosed(): boolean {
    return this.#closing.signal.aborted;
  }
}
