/**
 * How many accounts an address makes in a day, and all addresses of one IPv6 /48 together. In memory: a restart of the
 * tracker forgets it, which nobody outside can bring about. Bounded; at the bound the oldest count is forgotten.
 */
import { TrackerError } from '../../net/errors.js';
import { ACCOUNTS_PER_CUSTOMER_FACTOR, MAX_ACCOUNT_QUOTA_ENTRIES } from '../../net/limits.js';
import { customerOfNetwork } from '../../net/network-of.js';

const DAY_MS = 24 * 3600 * 1000;

interface Count {
  /** When the first of them was made: the day begins there. */
  readonly sinceMs: number;
  count: number;
}

export class AccountQuota {
  readonly #networks: DayCounts;
  readonly #customers: DayCounts;

  constructor(perDay: number, nowMs: () => number) {
    this.#networks = new DayCounts(perDay, nowMs);
    this.#customers = new DayCounts(perDay * ACCOUNTS_PER_CUSTOMER_FACTOR, nowMs);
  }

  /** Counts an account that is about to be made. @throws TrackerError LIMIT_REACHED */
  take(network: string): void {
    const customer = customerOfNetwork(network);
    if (this.#networks.isFull(network)) throw tooMany('from your address');
    if (customer !== undefined && this.#customers.isFull(customer)) {
      throw tooMany('from the network of your address');
    }
    this.#networks.add(network);
    if (customer !== undefined) this.#customers.add(customer);
  }

  /** The account was not made after all. */
  giveBack(network: string): void {
    const customer = customerOfNetwork(network);
    this.#networks.remove(network);
    if (customer !== undefined) this.#customers.remove(customer);
  }
}

function tooMany(fromWhere: string): TrackerError {
  return new TrackerError(
    'LIMIT_REACHED',
    `too many accounts were made ${fromWhere} today; try again tomorrow, or ask who runs the tracker`,
  );
}

/** Counts of a day each, the oldest day first. */
class DayCounts {
  readonly #most: number;
  readonly #nowMs: () => number;
  readonly #counts = new Map<string, Count>();

  constructor(most: number, nowMs: () => number) {
    this.#most = most;
    this.#nowMs = nowMs;
  }

  isFull(name: string): boolean {
    return (this.#today(name)?.count ?? 0) >= this.#most;
  }

  add(name: string): void {
    const present = this.#today(name);
    if (present) {
      present.count++;
      return;
    }
    this.#counts.delete(name);
    if (this.#counts.size >= MAX_ACCOUNT_QUOTA_ENTRIES) this.#dropOldest();
    this.#counts.set(name, { sinceMs: this.#nowMs(), count: 1 });
  }

  remove(name: string): void {
    const present = this.#counts.get(name);
    if (present && present.count > 0) present.count--;
  }

  /** The count of a day that goes on. */
  #today(name: string): Count | undefined {
    const present = this.#counts.get(name);
    return present && this.#nowMs() - present.sinceMs < DAY_MS ? present : undefined;
  }

  #dropOldest(): void {
    const oldest = this.#counts.keys().next();
    if (!oldest.done) this.#counts.delete(oldest.value);
  }
}
