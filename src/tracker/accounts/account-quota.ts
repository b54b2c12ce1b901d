/**
 * How many accounts an address makes in a day. In memory: a restart of the tracker forgets it,
 * which nobody outside can bring about. Bounded; at the bound the oldest count is forgotten.
 */
import { TrackerError } from '../../net/errors.js';
import { MAX_ACCOUNT_QUOTA_ENTRIES } from '../../net/limits.js';

const DAY_MS = 24 * 3600 * 1000;

interface Count {
  /** When the first of them was made: the day begins there. */
  readonly sinceMs: number;
  count: number;
}

export class AccountQuota {
  readonly #perDay: number;
  readonly #nowMs: () => number;
  /** By network, the oldest day first. */
  readonly #counts = new Map<string, Count>();

  constructor(perDay: number, nowMs: () => number) {
    this.#perDay = perDay;
    this.#nowMs = nowMs;
  }

  /** Counts an account that is about to be made. @throws TrackerError LIMIT_REACHED */
  take(network: string): void {
    const nowMs = this.#nowMs();
    const present = this.#counts.get(network);
    if (present && nowMs - present.sinceMs < DAY_MS) {
      if (present.count >= this.#perDay) throw tooMany();
      present.count++;
      return;
    }
    if (this.#perDay === 0) throw tooMany();
    this.#counts.delete(network);
    if (this.#counts.size >= MAX_ACCOUNT_QUOTA_ENTRIES) this.#dropOldest();
    this.#counts.set(network, { sinceMs: nowMs, count: 1 });
  }

  /** The account was not made after all. */
  giveBack(network: string): void {
    const present = this.#counts.get(network);
    if (present && present.count > 0) present.count--;
  }

  #dropOldest(): void {
    const oldest = this.#counts.keys().next();
    if (!oldest.done) this.#counts.delete(oldest.value);
  }
}

function tooMany(): TrackerError {
  return new TrackerError(
    'LIMIT_REACHED',
    'too many accounts were made from your address today; try again tomorrow, or ask who runs the tracker',
  );
}
