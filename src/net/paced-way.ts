/**
 * One direction of transfers that give way: the rate at which it may take the line while nobody else is there, and
 * what the line has turned out to carry. Pure; time is handed in.
 */
import {
  FIRST_BACKGROUND_RATE,
  LEAST_BACKGROUND_RATE,
  QUEUE_TARGET_MS,
  USE_MEASURED_OVER_MS,
} from './limits.js';

/** Near what the line carries the rate rises by this part at most with each measurement. */
const GAIN = 0.02;
/** So much of what the line carries is taken at once. */
const JUST_SHORT = 0.95;
/** Who takes so much more than that without a queue does not know the line: the rate doubles as at the start. */
const BEYOND = 1.15;
/** A transfer that takes less than this part of its rate needs no more of it. */
const FULL_USE = 0.6;
/** At a low rate bytes come in lumps: so much of what was taken before counts still. */
const USED_KEPT = 0.7;
/** And what a line has carried is believed: by so much less only when less fills it. */
const KNOWN_KEPT = 0.9;

export class PacedWay {
  #most: number;
  #rate: number = FIRST_BACKGROUND_RATE;
  /** The most that was taken of a full line; unknown until a queue is met. */
  #capacity: number | undefined;
  /** What was taken when the last queue was met. */
  #met = 0;
  #used = 0;
  #mark = { bytes: 0, atMs: 0 };

  constructor(most: number | undefined) {
    this.#most = most ?? Infinity;
  }

  /** What the user allows. @default no bound */
  setMost(most = Infinity): void {
    this.#most = most;
  }

  /** While it takes the line. */
  get full(): number {
    return this.#within(this.#rate);
  }

  /** While it leaves the line to others. */
  get least(): number {
    return this.#within(LEAST_BACKGROUND_RATE);
  }

  /** A part of what the line carries, to see whether it is free. */
  partOf(part: number): number {
    return this.#within(Math.max(LEAST_BACKGROUND_RATE, part * (this.#capacity ?? this.#rate)));
  }

  /** More than a trickle goes this way. */
  get isUsed(): boolean {
    return this.#used > LEAST_BACKGROUND_RATE;
  }

  /** All bytes that have gone this way. */
  onMoved(bytes: number, nowMs: number): void {
    const ms = nowMs - this.#mark.atMs;
    if (ms < USE_MEASURED_OVER_MS) return;
    this.#used = Math.max((1_000 * (bytes - this.#mark.bytes)) / ms, USED_KEPT * this.#used);
    this.#mark = { bytes, atMs: nowMs };
  }

  /** It has another rate from now on: what it took before says nothing. */
  begin(bytes: number, nowMs: number): void {
    this.#mark = { bytes, atMs: nowMs };
  }

  /** There is no queue to speak of. */
  rise(queueMs: number): void {
    if (this.#used < FULL_USE * this.full) return;
    const off = Math.max(0, 1 - queueMs / QUEUE_TARGET_MS);
    const near = JUST_SHORT * (this.#capacity ?? Infinity);
    if (this.#rate < near) this.#rate = Math.min(this.#rate * (1 + off), near);
    else this.#rate *= 1 + GAIN * off;
    if (this.#capacity !== undefined && this.#rate > BEYOND * this.#capacity) {
      this.#capacity = undefined;
    }
    this.#rate = Math.min(this.#rate, Math.max(this.#most, FIRST_BACKGROUND_RATE));
  }

  /** There is too long a queue, of whoever it may be. */
  onMet(): void {
    this.#met = this.isUsed ? Math.min(this.#used, this.#rate) : 0;
  }

  /** It was its own. */
  onOwnQueue(): void {
    if (this.#met > 0) this.#know(Math.max(this.#met, KNOWN_KEPT * (this.#capacity ?? 0)));
    this.#met = 0;
  }

  /** Somebody else has a part of the line: what was taken is the least that it carries. */
  onOthers(): void {
    if (this.#capacity !== undefined) this.#know(Math.max(this.#capacity, this.#met));
    else if (this.#met > 0) this.#rate = Math.max(this.#met, FIRST_BACKGROUND_RATE);
    this.#met = 0;
  }

  /** Nobody has it any more. */
  onFree(): void {
    if (this.#capacity !== undefined) this.#know(this.#capacity);
  }

  /** It has gone near to what that part allows. */
  hasFilled(part: number): boolean {
    return this.#used >= FULL_USE * this.partOf(part);
  }

  /** This is another line. */
  forget(): void {
    this.#capacity = undefined;
    this.#rate = FIRST_BACKGROUND_RATE;
    this.#used = 0;
    this.#met = 0;
  }

  #know(capacity: number): void {
    this.#capacity = Math.max(capacity, LEAST_BACKGROUND_RATE);
    this.#rate = JUST_SHORT * this.#capacity;
  }

  #within(rate: number): number {
    return Math.max(1, Math.round(Math.min(rate, this.#most)));
  }
}
