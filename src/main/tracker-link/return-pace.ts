/**
 * When a lost tracker is dialled: first at a moment drawn from the time within which it wants its clients back, or soon
 * when it ended without a word; then later and later, much later while it says that more come than it can take, and at a
 * steady pace while the network does not lead there: then nobody hears the attempts, and its return is seen by nothing else.
 * Pure; randomness is handed in.
 */
import type { DialFate } from './dial-fate.js';
import { awayDelayMs, busyDelayMs, reconnectDelayMs } from './reconnect-delay.js';

export class ReturnPace {
  readonly #random: () => number;
  /** What the tracker asked for in its farewell; 0 without one, and once somebody cannot wait. */
  #spreadMs: number;
  /** Another address has just answered: it is not kept waiting. */
  readonly #isElsewhere: boolean;
  #vain = 0;
  #busy = 0;
  /** The last attempt met nobody. */
  #isAway = false;

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
    const delayMs = this.#isAway ? awayDelayMs : reconnectDelayMs;
    const ownMs = delayMs(this.#vain, this.#random());
    return this.isSpread ? ownMs + this.#spreadMs * this.#random() : ownMs;
  }

  /** An attempt has failed. */
  onFailed(fate: DialFate): void {
    this.#vain++;
    this.#busy = fate === 'busy' ? this.#busy + 1 : 0;
    this.#isAway = fate === 'away';
  }

  /** Something has changed, so that the next attempt is like a first one. */
  startAnew(): void {
    this.#spreadMs = 0;
    this.#vain = 0;
    this.#busy = 0;
    this.#isAway = false;
  }
}
