/** Tickets that were given out, by what they say; a bounded number, the oldest go in halves. */
import { MAX_KEPT_TICKETS } from '../net/limits.js';
import type { IssuedTicket } from '../net/tracker-api.js';

export class KeptTickets {
  #young = new Map<string, IssuedTicket>();
  #old = new Map<string, IssuedTicket>();

  /** Tickets that are kept. */
  get size(): number {
    return this.#young.size + this.#old.size;
  }

  find(name: string): IssuedTicket | undefined {
    return this.#young.get(name) ?? this.#old.get(name);
  }

  keep(name: string, ticket: IssuedTicket): void {
    if (this.#young.size >= MAX_KEPT_TICKETS / 2) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(name, ticket);
  }
}
