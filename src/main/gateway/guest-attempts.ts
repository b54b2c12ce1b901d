/**
 * How often somebody may be wrong: addresses without a link behind them and wrong passwords, counted by the network
 * they come from, and passwords by the link as well. In memory and bounded; at the bound the one that was wrong
 * longest ago is forgotten. The clock is handed in.
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
  readonly #networks = new Map<string, TokenBucket>();
  readonly #links = new Map<string, TokenBucket>();

  /** `nowMs`: one steady clock, in milliseconds. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
  }

  /** Whether anything of a network is looked at just now. */
  mayTry(network: string): boolean {
    return (this.#networks.get(network)?.waitMs(this.#nowMs()) ?? 0) === 0;
  }

  /** Whether a password of a link is looked at just now. */
  mayTryPassword(id: string): boolean {
    return (this.#links.get(id)?.waitMs(this.#nowMs()) ?? 0) === 0;
  }

  /** Somebody asked for what is not there. */
  miss(network: string): void {
    spend(this.#networks, network, GUEST_MISSES_BURST, this.#nowMs());
  }

  /** Somebody is about to say a password, which may be wrong: before it is known, many at once are as many. */
  beginPassword(id: string, network: string): void {
    this.miss(network);
    spend(this.#links, id, GUEST_PASSWORDS_BURST, this.#nowMs());
  }

  /** It was right. */
  rightPassword(id: string, network: string): void {
    this.#networks.get(network)?.spend(-1, this.#nowMs());
    this.#links.get(id)?.spend(-1, this.#nowMs());
  }
}

function spend(buckets: Map<string, TokenBucket>, key: string, burst: number, nowMs: number): void {
  const bucket = buckets.get(key) ?? new TokenBucket(burst, 1_000 / GUEST_MISS_INTERVAL_MS, nowMs);
  buckets.delete(key);
  const [oldest] = buckets.keys();
  if (buckets.size >= MAX_GUEST_MISS_ENTRIES && oldest !== undefined) buckets.delete(oldest);
  bucket.spend(1, nowMs);
  buckets.set(key, bucket);
}
