/**
 * How much of the tracker's time the searches of one user take: a search looks at every name of their
 * groups. A call is charged for all of its time when it begins, so that many at once are refused like many in
 * a row, and gets back at its end what it did not take. Counted in milliseconds, in memory and bounded; at
 * the bound the one that searched longest ago is forgotten.
 */
import { TrackerError } from '../net/errors.js';
import {
  MAX_SEARCH_PACE_ENTRIES,
  SEARCH_BURST_MS,
  SEARCH_CALL_MS,
  SEARCH_MS_PER_SECOND,
} from '../net/limits.js';
import { TokenBucket } from '../net/token-bucket.js';

export class SearchPace {
  readonly #steadyMs: () => number;
  /** By user, the one that searched longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** Begins a call, which is charged for SEARCH_CALL_MS. @throws TrackerError LIMIT_REACHED */
  begin(userId: string): void {
    const nowMs = this.#steadyMs();
    const bucket = this.#bucketOf(userId, nowMs);
    const waitMs = bucket.waitMs(nowMs);
    if (waitMs === 0) return bucket.spend(SEARCH_CALL_MS, nowMs);
    const seconds = Math.ceil(waitMs / 1000);
    throw new TrackerError(
      'LIMIT_REACHED',
      `your searches take all the time that the tracker has for one user; try again in ${seconds} s`,
    );
  }

  /** A call has ended and took so long; one that failed keeps its charge. */
  end(userId: string, ms: number): void {
    this.#buckets.get(userId)?.spend(ms - SEARCH_CALL_MS, this.#steadyMs());
  }

  /** Of a user who searches now. */
  #bucketOf(userId: string, nowMs: number): TokenBucket {
    const bucket =
      this.#buckets.get(userId) ?? new TokenBucket(SEARCH_BURST_MS, SEARCH_MS_PER_SECOND, nowMs);
    this.#buckets.delete(userId);
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size >= MAX_SEARCH_PACE_ENTRIES && !oldest.done) {
      this.#buckets.delete(oldest.value);
    }
    this.#buckets.set(userId, bucket);
    return bucket;
  }
}
