/**
 * How fast bytes arrived in the best of the late round trips: what a way can bring, however fast that
 * changes. Pure; the clock is handed in, and stands still while nothing is to come.
 */

/** What is left of the best after a round trip that was slower: a loss is soon made up for. */
const BEST_KEPT = 0.9;
/** And after one that brought less than this share of the best: that is more than a loss. */
const BEST_HALVED = 0.5;

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
    const bytesPerMs = this.#bytes / tookMs;
    const best = this.#bestBytesPerMs;
    const kept = bytesPerMs < BEST_HALVED * best ? BEST_HALVED : BEST_KEPT;
    // Who says something once in many round trips was slower in each of them.
    const rounds = Math.floor(tookMs / this.#roundMs);
    this.#bestBytesPerMs = Math.max(bytesPerMs, kept ** rounds * best);
    this.#bytes = 0;
    this.#startedMs = nowMs;
  }

  /** 0 before the first round trip is over. */
  get bytesPerSecond(): number {
    return this.#bestBytesPerMs * 1000;
  }
}
