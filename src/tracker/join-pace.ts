/**
 * How often one user asks to join one group: each time is a notice on the owner's terminal. In
 * memory and bounded; at the bound the one that asked longest ago is forgotten.
 */
import { TrackerError } from '../net/errors.js';
import {
  JOIN_REQUEST_INTERVAL_MS,
  JOIN_REQUESTS_BURST,
  MAX_JOIN_PACE_ENTRIES,
} from '../net/limits.js';
import { TokenBucket } from '../net/token-bucket.js';

export class JoinPace {
  readonly #steadyMs: () => number;
  /** By user and group, the one that asked longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** Counts a request. @throws TrackerError TOO_MANY_ATTEMPTS */
  take(userId: string, groupId: string): void {
    const nowMs = this.#steadyMs();
    // Neither id holds a line feed.
    const key = `${userId}\n${groupId}`;
    const bucket =
      this.#buckets.get(key) ??
      new TokenBucket(JOIN_REQUESTS_BURST, 1_000 / JOIN_REQUEST_INTERVAL_MS, nowMs);
    this.#buckets.delete(key);
    if (this.#buckets.size >= MAX_JOIN_PACE_ENTRIES) this.#dropOldest();
    this.#buckets.set(key, bucket);
    if (bucket.take(nowMs)) return;
    const seconds = Math.ceil(bucket.waitMs(nowMs) / 1000);
    throw new TrackerError(
      'TOO_MANY_ATTEMPTS',
      `you asked to join ${groupId} several times; try again in ${seconds} s`,
    );
  }

  #dropOldest(): void {
    const oldest = this.#buckets.keys().next();
    if (!oldest.done) this.#buckets.delete(oldest.value);
  }
}
