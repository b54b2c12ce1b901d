/**
 * The rate of transfers that give way to all others: LEDBAT (RFC 6817) on a rate in place of a window. The delay
 * of the way over the least that was seen is the queue on it; the rate rises while that is short, and falls
 * as it grows beyond the target, long before a transfer of the usual kind would notice. Pure; time is handed in.
 */
import {
  BASE_DELAY_MINUTES,
  FIRST_BACKGROUND_RATE,
  LEAST_BACKGROUND_RATE,
  QUEUE_TARGET_MS,
} from './limits.js';

/** The rate rises by at most this part with each measurement where it may meet a queue. */
const GAIN = 0.1;
/** And by this part below what it took when it met one, up to just short of that: somebody else has gone. */
const GAIN_BELOW = 1;
/** Not before so many measurements without a queue: others pause for a moment when they have lost something. */
const QUIET = 3;
/** After so many without one what was taken then says nothing any more: it doubles as at the start. */
const LONG_QUIET = 16;
const JUST_SHORT = 0.9;
/** Which is believed a little less with each measurement: half of it after three minutes. */
const BELIEF = 0.995;
/** For each target's length that the queue is too long it falls by this part, and to this part at most. */
const FALL = 0.25;
const MOST_FALL = 0.5;
/** A transfer that takes less than this part of its rate needs no more of it. */
const FULL_USE = 0.6;
const USED_KEPT = 0.7;

/** The least delay of the last minutes: that of a way without a queue. */
export class BaseDelay {
  /** The least of each minute, by its number; the oldest first. */
  readonly #minutes = new Map<number, number>();

  onMeasured(delayMs: number, nowMs: number): void {
    const minute = Math.floor(nowMs / 60_000);
    this.#minutes.set(minute, Math.min(this.#minutes.get(minute) ?? Infinity, delayMs));
    for (const old of this.#minutes.keys()) {
      if (old <= minute - BASE_DELAY_MINUTES) this.#minutes.delete(old);
    }
  }

  /** Another way has another delay. */
  forget(): void {
    this.#minutes.clear();
  }

  /** How long the queue is with this delay, in milliseconds. */
  queueOf(delayMs: number): number {
    const base = Math.min(...this.#minutes.values());
    return Number.isFinite(base) ? Math.max(0, delayMs - base) : 0;
  }
}

/** The rate of one direction. */
export class DelayPace {
  #mostBytesPerSecond: number;
  #rate: number;
  /** The most that was taken when a queue was met after none; while that is unknown the rate doubles. */
  #metAt: number | undefined;
  #isFalling = false;
  /** The one before: a single late answer is no queue, the machine may have been busy. */
  #queueBefore = 0;
  /** What was taken, over some measurements: at a low rate bytes come in lumps. */
  #used = 0;
  /** Measurements without too long a queue since the last one with. */
  #quiet = 0;

  /** `most`: what the user allows. @default no bound */
  constructor(mostBytesPerSecond = Infinity) {
    this.#mostBytesPerSecond = mostBytesPerSecond;
    this.#rate = Math.min(FIRST_BACKGROUND_RATE, mostBytesPerSecond);
  }

  /** The user allows another rate. @default no bound */
  setMost(mostBytesPerSecond = Infinity): void {
    this.#mostBytesPerSecond = mostBytesPerSecond;
    this.#rate = Math.min(this.#rate, mostBytesPerSecond);
  }

  get bytesPerSecond(): number {
    return Math.max(1, Math.round(this.#rate));
  }

  /** The queue was measured; `usedBytesPerSecond` is what this direction has taken since the last time. */
  onQueue(queueMs: number, usedBytesPerSecond: number): void {
    const isSudden = this.#queueBefore <= QUEUE_TARGET_MS && queueMs > QUEUE_TARGET_MS;
    this.#queueBefore = queueMs;
    // At the start one late answer would cost most: nothing is made of it yet.
    if (this.#metAt === undefined && isSudden) return;
    if (this.#quiet >= LONG_QUIET) this.#metAt = undefined;
    if (this.#metAt !== undefined) this.#metAt *= BELIEF;
    this.#used = Math.max(usedBytesPerSecond, USED_KEPT * this.#used);
    const off = (QUEUE_TARGET_MS - queueMs) / QUEUE_TARGET_MS;
    if (off < 0) {
      if (!this.#isFalling) {
        this.#metAt = Math.max(this.#metAt ?? 0, Math.min(this.#rate, usedBytesPerSecond));
      }
      this.#rate *= Math.max(MOST_FALL, 1 + off * FALL);
    } else if (this.#used >= FULL_USE * this.#rate) {
      this.#rise(off);
    }
    this.#isFalling = off < 0;
    this.#quiet = off < 0 ? 0 : this.#quiet + 1;
    const most = this.#mostBytesPerSecond;
    this.#rate = Math.min(most, Math.max(this.#rate, Math.min(LEAST_BACKGROUND_RATE, most)));
  }

  #rise(off: number): void {
    if (this.#metAt === undefined) {
      this.#rate *= 1 + off;
      return;
    }
    const short = JUST_SHORT * this.#metAt;
    const isBelow = this.#quiet >= QUIET && this.#rate < short;
    const risen = this.#rate * (1 + off * (isBelow ? GAIN_BELOW : GAIN));
    this.#rate = isBelow ? Math.min(risen, short) : risen;
  }
}
