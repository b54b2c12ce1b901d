/**
 * How often each of many may do something: a bucket for each key. In memory and bounded; at the bound the one that did
 * it longest ago is forgotten. Pure; time is handed in.
 */
import { TokenBucket } from './token-bucket.js';

export interface TokenBucketsOptions {
  /** So many at once. */
  readonly burst: number;
  /** And then one in so long. */
  readonly intervalMs: number;
  /** Keys of which something is known. */
  readonly most: number;
}

export class TokenBuckets {
  readonly #options: TokenBucketsOptions;
  /** Those that did it longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(options: TokenBucketsOptions) {
    this.#options = options;
  }

  /** False when there is none for this key. */
  take(key: string, nowMs: number): boolean {
    return this.#bucketOf(key, nowMs).take(nowMs);
  }

  /** What was taken did not happen. */
  giveBack(key: string, nowMs: number): void {
    this.#buckets.get(key)?.spend(-1, nowMs);
  }

  /** Milliseconds until there is one; 0 when there is. */
  waitMs(key: string, nowMs: number): number {
    return this.#buckets.get(key)?.waitMs(nowMs) ?? 0;
  }

  #bucketOf(key: string, nowMs: number): TokenBucket {
    const { burst, intervalMs, most } = this.#options;
    const bucket = this.#buckets.get(key) ?? new TokenBucket(burst, 1_000 / intervalMs, nowMs);
    this.#buckets.delete(key);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= most && oldest !== undefined) this.#buckets.delete(oldest);
    this.#buckets.set(key, bucket);
    return bucket;
  }
}
