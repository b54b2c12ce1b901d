/**
 * How many requests the tracker works on at a time, over all connections. Below the bound nobody is refused; at it, who
 * has their share or more of what is left up to twice the bound is, so that whoever fills it is refused first, and who
 * has nothing yet finds a place while there is one; at twice the bound everybody is refused. Pure.
 */
import { MAX_PENDING_REQUESTS_IN_TOTAL } from '../net/limits.js';

export class RequestBudget {
  readonly #most: number;
  /** By party; none without requests. */
  readonly #counts = new Map<string, number>();
  #total = 0;

  constructor(most = MAX_PENDING_REQUESTS_IN_TOTAL) {
    this.#most = most;
  }

  /** Requests that are being worked on. */
  get total(): number {
    return this.#total;
  }

  /** Takes a place for a request of a party; answers what gives it back, or undefined when there is none. */
  take(party: string): (() => void) | undefined {
    const count = this.#counts.get(party) ?? 0;
    if (!this.#hasRoom(count)) return undefined;
    this.#counts.set(party, count + 1);
    this.#total++;
    return () => this.#giveBack(party);
  }

  #hasRoom(count: number): boolean {
    if (this.#total < this.#most) return true;
    if (this.#total >= 2 * this.#most) return false;
    const parties = this.#counts.size + (count === 0 ? 1 : 0);
    return count < Math.max(1, Math.floor((2 * this.#most - this.#total) / parties));
  }

  #giveBack(party: string): void {
    const count = this.#counts.get(party)! - 1;
    this.#total--;
    if (count === 0) this.#counts.delete(party);
    else this.#counts.set(party, count);
  }
}
