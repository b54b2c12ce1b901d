/**
 * The presence server (Redis, or Valkey) as what it is used for: a channel on which every tracker hears every other one,
 * and one for each of them alone. Nothing is stored there, and whatever is on its way may be lost. The only file that
 * knows its package. Owns two connections, which it makes anew as long as it is open.
 *
 *   away → up → away → … → closed
 */
import { Redis } from 'ioredis';
import {
  PRESENCE_ANSWER_TIMEOUT_MS,
  PRESENCE_CONNECT_TIMEOUT_MS,
  PRESENCE_FIRST_UP_MS,
  PRESENCE_RECONNECT_MS,
} from '../../net/limits.js';

export interface BusOptions {
  readonly url: string;
  /** All trackers hear the first; the second one only this tracker. */
  readonly channels: readonly [all: string, own: string];
  readonly onText: (text: string) => void;
  /** From now on it hears, and is heard. */
  readonly onUp: () => void;
  /**
   * What was said since a moment ago may not be heard, or it has not come up for a while after the start; `reason` is
   * what was the matter last.
   */
  readonly onDown: (reason: string) => void;
  readonly delay: (callback: () => void, delayMs: number) => () => void;
}

const RECONNECT_FIRST_MS = 50;

export class Bus {
  readonly #options: BusOptions;
  readonly #says: Redis;
  readonly #hears: Redis;
  #state: 'away' | 'up' | 'closed' = 'away';
  #hasSubscribed = false;
  #lastError = 'it does not answer';
  /** It has answered, and not let us hear. */
  #isRefused = false;
  #cancelFirstUp: (() => void) | undefined;

  constructor(options: BusOptions) {
    this.#options = options;
    this.#says = new Redis(options.url, this.#redisOptions('p2p-tracker-says'));
    this.#hears = new Redis(options.url, this.#redisOptions('p2p-tracker-hears'));
    for (const connection of [this.#says, this.#hears]) {
      connection.on('error', (error: Error) => (this.#lastError = error.message));
      connection.on('close', () => this.#onClose());
    }
    this.#says.on('ready', () => this.#onReady());
    this.#hears.on('ready', () => this.#subscribe());
    this.#hears.on('message', (_channel: string, text: string) => {
      if (this.#state === 'up') options.onText(text);
    });
  }

  get isUp(): boolean {
    return this.#state === 'up';
  }

  /** Begins to connect. */
  open(): void {
    this.#cancelFirstUp = this.#options.delay(
      () => this.#options.onDown(this.#lastError),
      PRESENCE_FIRST_UP_MS,
    );
    for (const connection of [this.#says, this.#hears]) {
      // It is tried again and again; what is the matter comes as an event.
      connection.connect().catch(() => undefined);
    }
  }

  /** False when it may not be heard. Never rejects. */
  async say(channel: string, text: string): Promise<boolean> {
    if (this.#state !== 'up') return false;
    try {
      await this.#says.publish(channel, text);
      return true;
    } catch {
      // What is in between two answers is not known to be heard, so that the others have to ask.
      this.#onClose();
      return false;
    }
  }

  close(): void {
    this.#state = 'closed';
    this.#cancelFirstUp?.();
    for (const connection of [this.#says, this.#hears]) {
      connection.removeAllListeners();
      connection.on('error', () => undefined);
      connection.disconnect();
    }
  }

  #subscribe(): void {
    this.#hears.subscribe(...this.#options.channels).then(
      () => {
        this.#hasSubscribed = true;
        this.#isRefused = false;
        this.#onReady();
      },
      (error: unknown) => this.#onNotSubscribed(error),
    );
  }

  /** The connection is gone again, or is not let in: only a new one tries again. */
  #onNotSubscribed(error: unknown): void {
    this.#lastError = error instanceof Error ? error.message : String(error);
    if (this.#hears.status !== 'ready' || this.#state === 'closed') return;
    this.#isRefused = true;
    this.#hears.disconnect(true);
  }

  #onReady(): void {
    if (this.#state !== 'away' || !this.#hasSubscribed || this.#says.status !== 'ready') return;
    this.#state = 'up';
    this.#cancelFirstUp?.();
    this.#options.onUp();
  }

  #onClose(): void {
    if (this.#hears.status !== 'ready') this.#hasSubscribed = false;
    if (this.#state !== 'up') return;
    this.#state = 'away';
    this.#options.onDown(this.#lastError);
    // Of one that was only slow there is no event that it is ready.
    if (this.#says.status === 'ready') this.#says.disconnect(true);
  }

  #redisOptions(connectionName: string) {
    return {
      connectionName,
      lazyConnect: true,
      connectTimeout: PRESENCE_CONNECT_TIMEOUT_MS,
      commandTimeout: PRESENCE_ANSWER_TIMEOUT_MS,
      // What cannot be said now is told as a whole later.
      enableOfflineQueue: false,
      autoResubscribe: false,
      autoResendUnfulfilledCommands: false,
      maxRetriesPerRequest: 0,
      // A server that lets us in and refuses the rest is not asked again at once.
      retryStrategy: (times: number) =>
        this.#isRefused
          ? PRESENCE_RECONNECT_MS
          : Math.min(RECONNECT_FIRST_MS * times, PRESENCE_RECONNECT_MS),
    };
  }
}
