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
import { TokenBucket } from '../../net/token-bucket.js';

export class GuestAttempts {
  readonly #nowMs: () => number;
  readonly #misses = new Attempts(GUEST_MISSES_BURST);
  readonly #passwords = new Attempts(GUEST_MISSES_BURST);
  readonly #links = new Attempts(GUEST_PASSWORDS_BURST);

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

class Attempts {
  readonly #burst: number;
  /** Those that were wrong longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(burst: number) {
    this.#burst = burst;
  }

  take(key: string, nowMs: number): boolean {
    const bucket =
      this.#buckets.get(key) ?? new TokenBucket(this.#burst, 1_000 / GUEST_MISS_INTERVAL_MS, nowMs);
    this.#buckets.delete(key);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= MAX_GUEST_MISS_ENTRIES && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    this.#buckets.set(key, bucket);
    return bucket.take(nowMs);
  }

  giveBack(key: string, nowMs: number): void {
    this.#buckets.get(key)?.spend(-1, nowMs);
  }
}
