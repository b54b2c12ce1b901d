/**
 * How fast bytes arrive: an exponentially weighted mean over a clock that is handed in.
 * The clock can be stopped, so that a peer that had nothing to do does not look slow.
 */

/** Time constant of the mean, about what a person calls "just now". */
const RATE_WINDOW_MS = 2_000;

export class RateMeter {
  /** Bytes, each weighted by its age. */
  #weighted = 0;
  /** Time that the meter has run, without its stops. */
  #ranMs = 0;
  #atMs = 0;
  #isRunning = false;

  /** Lets the clock run; nothing happens when it runs already. */
  start(nowMs: number): void {
    if (this.#isRunning) return;
    this.#isRunning = true;
    this.#atMs = nowMs;
  }

  /** Stops the clock and keeps the rate as it is. */
  stop(nowMs: number): void {
    this.#advance(nowMs);
    this.#isRunning = false;
  }

  /** Counts bytes that have arrived. */
  add(bytes: number, nowMs: number): void {
    this.#advance(nowMs);
    this.#weighted += bytes;
  }

  /** Time in ms that the meter has run: how much its rate can be trusted. */
  ranMs(nowMs: number): number {
    this.#advance(nowMs);
    return this.#ranMs;
  }

  /** Bytes per second; 0 before any time has passed. */
  bytesPerSecond(nowMs: number): number {
    this.#advance(nowMs);
    if (this.#ranMs === 0) return 0;
    // The divisor is smaller at first: weights of the time before the start do not exist.
    const seen = 1 - Math.exp(-this.#ranMs / RATE_WINDOW_MS);
    return (this.#weighted * 1000) / (RATE_WINDOW_MS * seen);
  }

  #advance(nowMs: number): void {
    if (!this.#isRunning || nowMs <= this.#atMs) return;
    const passedMs = nowMs - this.#atMs;
    this.#weighted *= Math.exp(-passedMs / RATE_WINDOW_MS);
    this.#ranMs += passedMs;
    this.#atMs = nowMs;
  }
}
