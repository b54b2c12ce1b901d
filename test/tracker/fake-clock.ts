/** A clock whose time passes when a test says so; timers fire in their order on the way. */
import type { Clock } from '../../src/tracker/clock.js';

interface Timer {
  readonly atMs: number;
  readonly callback: () => void;
}

export class FakeClock implements Clock {
  #nowMs = 1_000_000;
  readonly #timers = new Set<Timer>();

  readonly nowMs = (): number => this.#nowMs;
  readonly steadyMs = (): number => this.#nowMs;
  readonly turnMs = (): number => this.#nowMs;
  readonly uptimeMs = (): number => this.#nowMs;
  readonly delay = (callback: () => void, delayMs: number): (() => void) => {
    const timer = { atMs: this.#nowMs + delayMs, callback };
    this.#timers.add(timer);
    return () => void this.#timers.delete(timer);
  };

  /** Timers that have neither fired nor been cancelled. */
  get timerCount(): number {
    return this.#timers.size;
  }

  /** Lets so many milliseconds pass. */
  advance(ms: number): void {
    const untilMs = this.#nowMs + ms;
    for (let next = this.#next(untilMs); next; next = this.#next(untilMs)) {
      this.#timers.delete(next);
      this.#nowMs = next.atMs;
      next.callback();
    }
    this.#nowMs = untilMs;
  }

  #next(untilMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.atMs <= untilMs && timer.atMs < (next?.atMs ?? Infinity)) next = timer;
    }
    return next;
  }
}
