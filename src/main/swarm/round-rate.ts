/**
 * How fast bytes arrived in the best of the late round trips: what a way can bring, however fast that
 * changes. Pure; the clock is handed in.
 */

/** What is left of the best after a round trip that was slower: a loss is soon made up for. */
const BEST_KEPT = 0.9;

export class RoundRate {
  readonly #roundMs: number;
  #startedMs: number;
  #bytes = 0;
  #bestBytesPerMs = 0;

  constructor(roundMs: number, nowMs: number) {
    this.#roundMs = roundMs;
    this.#startedMs = nowMs;
  }

  add(bytes: number, nowMs: number): void {
    this.#bytes += bytes;
    const tookMs = nowMs - this.#startedMs;
    if (tookMs < this.#roundMs) return;
    this.#bestBytesPerMs = Math.max(this.#bytes / tookMs, BEST_KEPT * this.#bestBytesPerMs);
    this.#bytes = 0;
    this.#startedMs = nowMs;
  }

  /** 0 before the first round trip is over. */
  get bytesPerSecond(): number {
    return this.#bestBytesPerMs * 1000;
  }
}
