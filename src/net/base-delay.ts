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

  /** How long the queue is with this delay, in milliseconds. */
  queueOf(delayMs: number): number {
    const base = Math.min(...this.#minutes.values());
    return Number.isFinite(base) ? Math.max(0, delayMs - base) : 0;
  }
}
