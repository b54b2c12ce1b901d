/**
 * When a lost tracker is dialled: first at a moment drawn from the time within which it wants its clients back, or soon
 * when it ended without a word; then later and later, and much later while it says that more come than it can take.
 * Pure; randomness is handed in.
 */
import { busyDelayMs, reconnectDelayMs } from './reconnect-delay.js';

export class ReturnPace {
  readonly #random: () => number;
  /** What the tracker asked for in its farewell; 0 without one, and once somebody cannot wait. */
  #spreadMs: number;
  /** Another address has just answered: it is not kept waiting. */
  readonly #isElsewhere: boolean;
  #vain = 0;
  #busy = 0;

  /** `spreadMs`: see net/return-advice.ts. `isElsewhere`: another address of the tracker is known to answer. */
  constructor(spreadMs: number | undefined, random: () => number, isElsewhere = false) {
    this.#spreadMs = spreadMs ?? 0;
    this.#random = random;
    this.#isElsewhere = isElsewhere;
  }

  /** True while nothing but the tracker's wish delays the first attempt. */
  get isSpread(): boolean {
    return this.#spreadMs > 0 && this.isFirst;
  }

  /** True before the first attempt has failed. */
  get isFirst(): boolean {
    return this.#vain === 0;
  }

  /** Milliseconds before the next attempt. */
  nextMs(): number {
    if (this.#busy > 0) return busyDelayMs(this.#busy - 1, this.#random());
    if (this.#isElsewhere && this.isFirst) return 0;
    const ownMs = reconnectDelayMs(this.#vain, this.#random());
    return this.isSpread ? ownMs + this.#spreadMs * this.#random() : ownMs;
  }

  /** An attempt has failed; the tracker may have said that it is busy. */
  onFailed(isBusy: boolean): void {
    this.#vain++;
    this.#busy = isBusy ? this.#busy + 1 : 0;
  }

  /** Something has changed, so that the next attempt is like a first one. */
  startAnew(): void {
    this.#spreadMs = 0;
    this.#vain = 0;
    this.#busy = 0;
  }
}
