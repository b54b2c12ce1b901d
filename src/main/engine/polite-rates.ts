/**
 * Keeps the transfers of a client in the background (`--background`): measures the delay of its way by pings to
 * the tracker, which go through the same queue at this machine's own link, and sets the rate of both
 * directions by it. Owns the timer, which keeps no process alive, and the pace.
 *
 *   stopped → measuring → stopped
 */
import { BaseDelay } from '../../net/base-delay.js';
import { DelayPace } from '../../net/delay-pace.js';
import {
  DELAY_PROBE_MS,
  DELAY_PROBE_PATIENCE_MS,
  DELAY_PROBE_SOON_MS,
  DELAY_PROBES_BURST,
  DELAY_PROBES_PER_SECOND,
} from '../../net/limits.js';
import { TokenBucket } from '../../net/token-bucket.js';

/** One direction. */
export interface PoliteDirection {
  readonly limiter: { setRate(bytesPerSecond: number): void };
  /** All bytes that have gone that way. */
  readonly movedBytes: () => number;
  /** What the user allows. */
  readonly most: number | undefined;
}

export interface PoliteRatesOptions {
  /** Pings the tracker; calls back when the answer to just that is there. False while it is away. */
  readonly ping: (onAnswer: () => void) => boolean;
  readonly directions: readonly PoliteDirection[];
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
}

export class PoliteRates {
  readonly #options: PoliteRatesOptions;
  readonly #base = new BaseDelay();
  readonly #pace: DelayPace;
  /** What the tracker takes of pings, less than that. */
  readonly #pings: TokenBucket;
  #timer: NodeJS.Timeout | undefined;
  /** When the ping was sent whose answer is awaited. */
  #askedAtMs: number | undefined;
  #measuredAtMs: number;
  /** As they are set. */
  #rates: readonly number[] = [];

  constructor(options: PoliteRatesOptions) {
    this.#options = options;
    const nowMs = options.nowMs();
    this.#measuredAtMs = nowMs;
    this.#pings = new TokenBucket(DELAY_PROBES_BURST, DELAY_PROBES_PER_SECOND, nowMs);
    this.#pace = new DelayPace(options.directions.map(({ most }) => most));
    this.#set();
  }

  /** What the user allows each direction has changed. */
  setMost(most: readonly (number | undefined)[]): void {
    this.#pace.setMost(most);
    this.#set();
  }

  /** What each direction may take now. */
  get bytesPerSecond(): readonly number[] {
    return this.#pace.bytesPerSecond;
  }

  /** The tracker is there, or there again: begins to measure; what was asked of a lost connection is void. */
  start(): void {
    this.#timer ??= setInterval(() => this.#onTick(), DELAY_PROBE_SOON_MS).unref();
    this.#ask();
  }

  /** This machine is in another network: what was measured counts no more. */
  onNetworkChanged(): void {
    this.#base.forget();
    this.#pace.forget();
    this.#set();
    this.#askedAtMs = undefined;
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#askedAtMs = undefined;
  }

  #onTick(): void {
    const nowMs = this.#options.nowMs();
    const sinceMs = nowMs - this.#measuredAtMs;
    if (this.#askedAtMs === undefined) {
      if (sinceMs >= this.#pace.nextInMs - DELAY_PROBE_SOON_MS / 2) this.#ask();
      return;
    }
    const waitedMs = nowMs - this.#askedAtMs;
    // An answer that does not come says that the way is full; it is no measure of an empty one.
    if (Math.min(waitedMs, sinceMs) >= DELAY_PROBE_MS) this.#onDelay(waitedMs, this.#askedAtMs);
    // And one that will never come says nothing for ever.
    if (waitedMs >= DELAY_PROBE_PATIENCE_MS) this.#ask();
  }

  #ask(): void {
    const askedAtMs = this.#options.nowMs();
    this.#askedAtMs = undefined;
    if (!this.#pings.take(askedAtMs)) return;
    const isAsked = this.#options.ping(() => this.#onAnswer(askedAtMs));
    if (isAsked) this.#askedAtMs = askedAtMs;
    else this.#onAway(askedAtMs);
  }

  /** The tracker is away: nothing was sent, and nothing can be seen. */
  #onAway(nowMs: number): void {
    this.#pings.spend(-1, nowMs);
    this.#pace.onAway(nowMs);
    this.#set();
  }

  #onAnswer(askedAtMs: number): void {
    if (askedAtMs !== this.#askedAtMs) return;
    this.#askedAtMs = undefined;
    const nowMs = this.#options.nowMs();
    this.#base.onMeasured(nowMs - askedAtMs, nowMs);
    this.#onDelay(nowMs - askedAtMs, askedAtMs);
  }

  #onDelay(delayMs: number, askedAtMs: number): void {
    const { nowMs, directions } = this.#options;
    this.#measuredAtMs = nowMs();
    this.#pace.onMeasured({
      queueMs: this.#base.queueOf(delayMs),
      askedAtMs,
      nowMs: this.#measuredAtMs,
      movedBytes: directions.map(({ movedBytes }) => movedBytes()),
    });
    this.#set();
  }

  /** Only what changes: what was reserved at a rate is forgiven when it is set. */
  #set(): void {
    const before = this.#rates;
    this.#rates = this.#pace.bytesPerSecond;
    for (const [index, rate] of this.#rates.entries()) {
      if (rate !== before[index]) this.#options.directions[index]?.limiter.setRate(rate);
    }
  }
}
