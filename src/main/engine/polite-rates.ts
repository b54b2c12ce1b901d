/**
 * Keeps the transfers of a client in the background (`--background`): measures the delay of its way by pings to
 * the tracker, which go through the same queue at this machine's own link, and sets the rate of both
 * directions by it. Owns the timer, which keeps no process alive, and the pace.
 *
 *   stopped → measuring → stopped
 */
import { BaseDelay } from '../../net/base-delay.js';
import { DelayPace, type Measured } from '../../net/delay-pace.js';
import { DelaySpread } from '../../net/delay-spread.js';
import {
  DELAY_PROBE_MS,
  DELAY_PROBE_PATIENCE_MS,
  DELAY_PROBE_SOON_MS,
  DELAY_PROBES_BURST,
  DELAY_PROBE_MEAN_MS,
  MAX_SPREAD_QUEUE_MS,
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
  readonly #spread = new DelaySpread();
  readonly #pace: DelayPace;
  /** What the tracker takes of pings, less than that. */
  readonly #pings: TokenBucket;
  /** Where the tracker is. */
  #host: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** The ping whose answer is awaited. */
  #asked: { readonly atMs: number } | undefined;
  #measuredAtMs: number;
  /** As they are set. */
  #rates: readonly number[] = [];

  constructor(options: PoliteRatesOptions) {
    this.#options = options;
    const nowMs = options.nowMs();
    this.#measuredAtMs = nowMs;
    this.#pings = new TokenBucket(DELAY_PROBES_BURST, 1_000 / DELAY_PROBE_MEAN_MS, nowMs);
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

  /**
   * The tracker is there, or there again: begins to measure; what was asked of a lost connection is void.
   * `host`: where it was reached; the way to another one has another delay.
   */
  start(host: string | undefined): void {
    if (host !== this.#host || !this.#timer) {
      this.#forgetDelay();
      this.#pace.onOtherWay(this.#options.nowMs());
      this.#set();
    }
    this.#host = host;
    this.#timer ??= setInterval(() => this.#onTick(), DELAY_PROBE_SOON_MS).unref();
    this.#ask();
  }

  /** This machine is in another network: what was measured counts no more. */
  onNetworkChanged(): void {
    this.#forgetDelay();
    this.#pace.forget(this.#options.nowMs());
    this.#set();
    this.#asked = undefined;
  }

  #forgetDelay(): void {
    this.#base.forget();
    this.#spread.forget();
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#asked = undefined;
  }

  #onTick(): void {
    const nowMs = this.#options.nowMs();
    const sinceMs = nowMs - this.#measuredAtMs;
    if (this.#asked === undefined) {
      if (sinceMs >= this.#pace.nextInMs - DELAY_PROBE_SOON_MS / 2) this.#ask();
      return;
    }
    const waitedMs = nowMs - this.#asked.atMs;
    // An answer that does not come says that the way is full; it is no measure of an empty one.
    if (Math.min(waitedMs, sinceMs) >= DELAY_PROBE_MS) this.#onDelay(waitedMs, this.#asked.atMs);
    // And one that will never come says nothing for ever.
    if (waitedMs >= DELAY_PROBE_PATIENCE_MS) this.#ask();
  }

  #ask(): void {
    const asked = { atMs: this.#options.nowMs() };
    this.#asked = undefined;
    if (!this.#pings.take(asked.atMs)) return;
    const isAsked = this.#options.ping(() => this.#onAnswer(asked));
    if (isAsked) this.#asked = asked;
    else this.#onAway(asked.atMs);
  }

  /** The tracker is away: nothing was sent, and nothing can be seen. */
  #onAway(nowMs: number): void {
    this.#pings.spend(-1, nowMs);
    this.#pace.onAway(nowMs);
    this.#set();
  }

  #onAnswer(asked: { readonly atMs: number }): void {
    if (asked !== this.#asked) return;
    this.#asked = undefined;
    const askedAtMs = asked.atMs;
    const nowMs = this.#options.nowMs();
    const delayMs = nowMs - askedAtMs;
    this.#base.onMeasured(delayMs, nowMs);
    const queueMs = this.#base.queueOf(delayMs) ?? 0;
    if (queueMs <= MAX_SPREAD_QUEUE_MS && this.#pace.isQuiet(askedAtMs)) {
      this.#spread.onQuiet(delayMs, askedAtMs);
    }
    this.#onDelay(delayMs, askedAtMs);
  }

  #onDelay(delayMs: number, askedAtMs: number): void {
    const nowMs = this.#options.nowMs();
    this.#measuredAtMs = nowMs;
    const queueMs = this.#base.queueOf(delayMs);
    if (queueMs === undefined) this.#pace.onAway(nowMs);
    else this.#onQueue({ queueMs, askedAtMs, nowMs });
    this.#set();
  }

  #onQueue(measured: Pick<Measured, 'queueMs' | 'askedAtMs' | 'nowMs'>): void {
    const { spreadMs, slackMs } = this.#spread;
    const longer = this.#pace.onMeasured({
      ...measured,
      queueMs: Math.max(0, measured.queueMs - slackMs),
      spreadMs,
      movedBytes: this.#options.directions.map(({ movedBytes }) => movedBytes()),
    });
    if (longer) this.#base.onLonger(longer.byMs, measured.nowMs);
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
