/** The least delay of the last minutes: that of a way without a queue. Pure; time is handed in. */
import { BASE_DELAY_MINUTES } from './limits.js';

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

  /** The way has become longer by so much. */
  onLonger(byMs: number, nowMs: number): void {
    const longerMs = this.#leastMs + byMs;
    this.#minutes.clear();
    if (Number.isFinite(longerMs)) this.onMeasured(longerMs, nowMs);
  }

  /** How long the queue is with this delay, in milliseconds; undefined while nobody knows. */
  queueOf(delayMs: number): number | undefined {
    const leastMs = this.#leastMs;
    return Number.isFinite(leastMs) ? Math.max(0, delayMs - leastMs) : undefined;
  }

  get #leastMs(): number {
    return Math.min(...this.#minutes.values());
  }
}
