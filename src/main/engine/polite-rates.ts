/**
 * Keeps the transfers of a client in the background (`--background`): measures the delay of its way by pings to
 * the tracker, which go through the same queue at this machine's own link, and sets the rate of both
 * directions by it. Owns the timer, which keeps no process alive, and the paces.
 *
 *   stopped → measuring → stopped
 */
import { BaseDelay, DelayPace } from '../../net/delay-pace.js';
import { DELAY_PROBE_MS, DELAY_PROBE_PATIENCE_MS } from '../../net/limits.js';

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

interface Paced extends PoliteDirection {
  readonly pace: DelayPace;
  seenBytes: number;
}

export class PoliteRates {
  readonly #options: PoliteRatesOptions;
  readonly #base = new BaseDelay();
  readonly #paced: readonly Paced[];
  #timer: NodeJS.Timeout | undefined;
  /** When the ping was sent whose answer is awaited. */
  #askedAtMs: number | undefined;
  #steppedAtMs: number;

  constructor(options: PoliteRatesOptions) {
    this.#options = options;
    this.#steppedAtMs = options.nowMs();
    this.#paced = options.directions.map((one) => ({
      ...one,
      pace: new DelayPace(one.most),
      seenBytes: 0,
    }));
    for (const { limiter, pace } of this.#paced) limiter.setRate(pace.bytesPerSecond);
  }

  /** What the user allows each direction has changed. */
  setMost(most: readonly (number | undefined)[]): void {
    for (const [index, { limiter, pace }] of this.#paced.entries()) {
      pace.setMost(most[index]);
      limiter.setRate(pace.bytesPerSecond);
    }
  }

  /** What each direction may take now. */
  get bytesPerSecond(): readonly number[] {
    return this.#paced.map(({ pace }) => pace.bytesPerSecond);
  }

  /** The tracker is there, or there again: begins to measure; what was asked of a lost connection is void. */
  start(): void {
    this.#timer ??= setInterval(() => this.#onTick(), DELAY_PROBE_MS).unref();
    this.#ask();
  }

  /** This machine is in another network: what was measured counts no more. */
  onNetworkChanged(): void {
    this.#base.forget();
    this.#askedAtMs = undefined;
  }

  /** Idempotent. */
  stop(): void {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#askedAtMs = undefined;
  }

  #onTick(): void {
    const { nowMs } = this.#options;
    const waitedMs = this.#askedAtMs === undefined ? undefined : nowMs() - this.#askedAtMs;
    // An answer that does not come says that the way is full; it is no measure of an empty one.
    if (waitedMs !== undefined) this.#step(waitedMs);
    // And one that will never come says nothing for ever.
    if (waitedMs === undefined || waitedMs >= DELAY_PROBE_PATIENCE_MS) this.#ask();
  }

  #ask(): void {
    const askedAtMs = this.#options.nowMs();
    const isAsked = this.#options.ping(() => this.#onAnswer(askedAtMs));
    this.#askedAtMs = isAsked ? askedAtMs : undefined;
  }

  #onAnswer(askedAtMs: number): void {
    if (askedAtMs !== this.#askedAtMs) return;
    this.#askedAtMs = undefined;
    const nowMs = this.#options.nowMs();
    this.#base.onMeasured(nowMs - askedAtMs, nowMs);
    this.#step(nowMs - askedAtMs);
  }

  #step(delayMs: number): void {
    const nowMs = this.#options.nowMs();
    const seconds = Math.max(1, nowMs - this.#steppedAtMs) / 1_000;
    this.#steppedAtMs = nowMs;
    const queueMs = this.#base.queueOf(delayMs);
    for (const one of this.#paced) {
      const bytes = one.movedBytes();
      one.pace.onQueue(queueMs, (bytes - one.seenBytes) / seconds);
      one.seenBytes = bytes;
      one.limiter.setRate(one.pace.bytesPerSecond);
    }
  }
}
