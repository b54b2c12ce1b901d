/**
 * What a client sends, at the pace at which it may: a burst, then a rate, of the connection and of
 * its user. Whoever sends faster waits, and their socket is not read meanwhile, so that it costs
 * them and not us; whoever goes on all the same, or says too much before a login, is let go.
 * Lifecycle: open → closed, which is final.
 */
import {
  MAX_ANONYMOUS_MESSAGES,
  MAX_PENDING_REQUESTS_PER_SESSION,
  SESSION_MESSAGES_BURST,
  SESSION_MESSAGES_PER_SECOND,
  SESSION_PINGS_BURST,
  SESSION_PINGS_PER_SECOND,
} from '../../net/limits.js';
import { TokenBucket } from '../../net/token-bucket.js';
import type { Clock } from '../clock.js';

export interface MessageIntakeOptions {
  readonly clock: Pick<Clock, 'steadyMs' | 'delay'>;
  /** Works on one message. */
  readonly receive: (text: string) => void;
  /** Stops and starts reading the socket. */
  readonly pause: () => void;
  readonly resume: () => void;
  /** The client sends more than it may; called once. */
  readonly onExcess: () => void;
}

export class MessageIntake {
  readonly #options: MessageIntakeOptions;
  readonly #own: TokenBucket;
  readonly #control: TokenBucket;
  /** Of the user who is logged in, shared by all of their connections. */
  #users: TokenBucket | undefined;
  /** Messages that wait for their time, oldest first. */
  #waiting: string[] = [];
  #anonymousCount = 0;
  #cancelDelay: (() => void) | undefined;
  #isOpen = true;

  constructor(options: MessageIntakeOptions) {
    this.#options = options;
    const nowMs = options.clock.steadyMs();
    this.#own = new TokenBucket(SESSION_MESSAGES_BURST, SESSION_MESSAGES_PER_SECOND, nowMs);
    this.#control = new TokenBucket(SESSION_PINGS_BURST, SESSION_PINGS_PER_SECOND, nowMs);
  }

  /** A login began, with the user's bucket, or ended. */
  onLoginChanged(users: TokenBucket | undefined): void {
    this.#users = users;
    this.#anonymousCount = 0;
  }

  /** Takes one message from the socket. */
  push(text: string): void {
    if (!this.#isOpen) return;
    if (!this.#users && ++this.#anonymousCount > MAX_ANONYMOUS_MESSAGES) return this.#end();
    if (this.#waiting.length === 0 && this.#take()) return this.#options.receive(text);
    // An honest client waits for answers, so that it never has more than this under way.
    if (this.#waiting.length >= MAX_PENDING_REQUESTS_PER_SESSION) return this.#end();
    this.#waiting.push(text);
    if (this.#waiting.length === 1) this.#options.pause();
    this.#schedule();
  }

  /**
   * Takes a frame that is no message, a ping or a pong. It cannot wait, and it has a budget of its
   * own: whoever sends at full pace answers our pings all the same.
   */
  pushControl(): void {
    if (this.#isOpen && !this.#control.take(this.#options.clock.steadyMs())) this.#end();
  }

  /** Forgets what waits. */
  close(): void {
    this.#isOpen = false;
    this.#waiting = [];
    this.#cancelDelay?.();
    this.#cancelDelay = undefined;
  }

  #take(): boolean {
    const nowMs = this.#options.clock.steadyMs();
    if (this.#own.waitMs(nowMs) > 0 || (this.#users?.waitMs(nowMs) ?? 0) > 0) return false;
    this.#users?.take(nowMs);
    return this.#own.take(nowMs);
  }

  #schedule(): void {
    const { clock } = this.#options;
    const nowMs = clock.steadyMs();
    const waitMs = Math.max(this.#own.waitMs(nowMs), this.#users?.waitMs(nowMs) ?? 0, 1);
    this.#cancelDelay ??= clock.delay(() => this.#drain(), waitMs);
  }

  #drain(): void {
    this.#cancelDelay = undefined;
    while (this.#waiting.length > 0 && this.#take()) this.#options.receive(this.#waiting.shift()!);
    if (!this.#isOpen) return;
    if (this.#waiting.length > 0) this.#schedule();
    else this.#options.resume();
  }

  #end(): void {
    this.close();
    this.#options.onExcess();
  }
}
