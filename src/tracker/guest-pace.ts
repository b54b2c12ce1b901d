/**
 * How often one user has downloads of guests noted: each is an entry in a history, which keeps so many. In memory and
 * bounded; at the bound the one that noted longest ago is forgotten.
 */
import { TrackerError } from '../net/errors.js';
import {
  GUEST_NOTE_INTERVAL_MS,
  GUEST_NOTES_BURST,
  MAX_GUEST_NOTE_ENTRIES,
} from '../net/limits.js';
import { TokenBucket } from '../net/token-bucket.js';

export class GuestPace {
  readonly #steadyMs: () => number;
  /** By user, the one that noted longest ago first. */
  readonly #buckets = new Map<string, TokenBucket>();

  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** Counts one. @throws TrackerError LIMIT_REACHED */
  take(userId: string): void {
    const nowMs = this.#steadyMs();
    const bucket = this.#bucketOf(userId, nowMs);
    if (bucket.take(nowMs)) return;
    const seconds = Math.ceil(bucket.waitMs(nowMs) / 1000);
    throw new TrackerError(
      'LIMIT_REACHED',
      `many guests have come by your links; the next one may come in ${seconds} s`,
    );
  }

  #bucketOf(userId: string, nowMs: number): TokenBucket {
    const known = this.#buckets.get(userId);
    this.#buckets.delete(userId);
    const [oldest] = this.#buckets.keys();
    if (this.#buckets.size >= MAX_GUEST_NOTE_ENTRIES && oldest !== undefined) {
      this.#buckets.delete(oldest);
    }
    const bucket =
      known ?? new TokenBucket(GUEST_NOTES_BURST, 1_000 / GUEST_NOTE_INTERVAL_MS, nowMs);
    this.#buckets.set(userId, bucket);
    return bucket;
  }
}
