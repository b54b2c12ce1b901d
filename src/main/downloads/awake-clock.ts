/**
 * A steady clock that stands still while this process does: stopped by Ctrl-Z, or with the whole
 * machine asleep. Whoever measures by it does not take its own absence for the silence of others.
 * Pure: the steady clock is handed in. It must be asked a few times a second.
 */
import { MAX_AWAKE_GAP_MS } from '../../net/limits.js';

export class AwakeClock {
  readonly #steadyMs: () => number;
  #askedAtMs: number;
  #nowMs: number;

  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
    this.#askedAtMs = steadyMs();
    this.#nowMs = this.#askedAtMs;
  }

  /** Of a longer time since it was last asked, only MAX_AWAKE_GAP_MS have passed. */
  nowMs(): number {
    const steadyMs = this.#steadyMs();
    this.#nowMs += Math.min(steadyMs - this.#askedAtMs, MAX_AWAKE_GAP_MS);
    this.#askedAtMs = steadyMs;
    return this.#nowMs;
  }
}
