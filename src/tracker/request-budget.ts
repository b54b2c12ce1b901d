/** How many requests the tracker works on at a time, over all connections; each party has a share. Pure. */
import { MAX_PENDING_REQUESTS_IN_TOTAL } from '../net/limits.js';
import { SharedBound } from './shared-bound.js';

export class RequestBudget {
  readonly #pending: SharedBound;

  constructor(most = MAX_PENDING_REQUESTS_IN_TOTAL) {
    this.#pending = new SharedBound(most);
  }

  /** Requests that are being worked on. */
  get total(): number {
    return this.#pending.total;
  }

  /** Takes a place for a request of a party; answers what gives it back, or undefined when there is none. */
  take(party: string): (() => void) | undefined {
    if (!this.#pending.take(party)) return undefined;
    return () => this.#pending.giveBack(party);
  }
}
