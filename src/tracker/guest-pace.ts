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
import { TokenBuckets } from '../net/token-buckets.js';

export class GuestPace {
  readonly #steadyMs: () => number;
  readonly #users = new TokenBuckets({
    burst: GUEST_NOTES_BURST,
    intervalMs: GUEST_NOTE_INTERVAL_MS,
    most: MAX_GUEST_NOTE_ENTRIES,
  });

  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** Counts one. @throws TrackerError LIMIT_REACHED */
  take(userId: string): void {
    const nowMs = this.#steadyMs();
    if (this.#users.take(userId, nowMs)) return;
    const seconds = Math.ceil(this.#users.waitMs(userId, nowMs) / 1000);
    throw new TrackerError(
      'LIMIT_REACHED',
      `many guests have come by your links; the next one may come in ${seconds} s`,
    );
  }
}
