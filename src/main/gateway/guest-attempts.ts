/**
 * How often somebody may be wrong: addresses without a link behind them, counted by the network they come from; wrong
 * passwords, counted by the network and by the link. Apart, and never for what is right: who guesses takes nothing from
 * others of the same network who have a link. In memory and bounded; at the bound the one that was wrong longest ago is
 * forgotten. The clock is handed in.
 */
import {
  GUEST_MISS_INTERVAL_MS,
  GUEST_MISSES_BURST,
  GUEST_PASSWORDS_BURST,
  MAX_GUEST_MISS_ENTRIES,
} from '../../net/limits.js';
import { TokenBuckets } from '../../net/token-buckets.js';

export class GuestAttempts {
  readonly #nowMs: () => number;
  readonly #misses = attempts(GUEST_MISSES_BURST);
  readonly #passwords = attempts(GUEST_MISSES_BURST);
  readonly #links = attempts(GUEST_PASSWORDS_BURST);

  /** `nowMs`: one steady clock, in milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Somebody asked for what is not there; false when that was too often. */
  miss(network: string): boolean {
    return this.#misses.take(network, this.#nowMs());
  }

  /**
   * Somebody is about to say a password, which may be wrong: before it is known, many at once are as many. False when
   * it is not looked at.
   */
  beginPassword(id: string, network: string): boolean {
    const nowMs = this.#nowMs();
    if (!this.#passwords.take(network, nowMs)) return false;
    if (this.#links.take(id, nowMs)) return true;
    this.#passwords.giveBack(network, nowMs);
    return false;
  }

  /** It was right, or nobody looked at it. */
  forgetPassword(id: string, network: string): void {
    this.#passwords.giveBack(network, this.#nowMs());
    this.#links.giveBack(id, this.#nowMs());
  }
}

function attempts(burst: number): TokenBuckets {
  const [intervalMs, most] = [GUEST_MISS_INTERVAL_MS, MAX_GUEST_MISS_ENTRIES];
  return new TokenBuckets({ burst, intervalMs, most });
}
