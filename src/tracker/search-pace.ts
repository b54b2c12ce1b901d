/**
 * How much of the tracker's time the searches of one user take: a search looks at every name of their
 * groups. Counted in milliseconds, in memory and bounded; at the bound the one that searched longest ago
 * is forgotten.
 */
import { TrackerError } from '../net/errors.js';
import { MAX_SEARCH_PACE_ENTRIES, SEARCH_BURST_MS, SEARCH_MS_PER_SECOND } from '../net/limits.js';
import { TokenBucket } from '../net/token-bucket.js';

export class SearchPace {
  readonly #steadyMs: () => number;
  /** By user, the one that searched longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** Begins a search. @throws TrackerError LIMIT_REACHED */
  begin(userId: string): void {
    const waitMs = this.#buckets.get(userId)?.waitMs(this.#steadyMs()) ?? 0;
    if (waitMs === 0) return;
    const seconds = Math.ceil(waitMs / 1000);
    throw new TrackerError(
      'LIMIT_REACHED',
      `your searches take all the time that the tracker has for one user; try again in ${seconds} s`,
    );
  }

  /** A part of one took so long. */
  spend(userId: string, ms: number): void {
    const nowMs = this.#steadyMs();
    const bucket =
      this.#buckets.get(userId) ?? new TokenBucket(SEARCH_BURST_MS, SEARCH_MS_PER_SECOND, nowMs);
    this.#buckets.delete(userId);
    const oldest = this.#buckets.keys().next();
    if (this.#buckets.size >= MAX_SEARCH_PACE_ENTRIES && !oldest.done) {
      this.#buckets.delete(oldest.value);
    }
    this.#buckets.set(userId, bucket);
    bucket.spend(ms, nowMs);
  }
}
