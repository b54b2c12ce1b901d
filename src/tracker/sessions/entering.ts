/**
 * Connections in TLS and behind it on which nobody is logged in: how many places a network has, and all together, and
 * who gives its place to one that waits for it. Pure.
 */
import {
  MAX_ANONYMOUS_CONNECTIONS,
  MAX_ANONYMOUS_PER_ADDRESS,
  NEWCOMER_PATIENCE_MS,
} from '../../net/limits.js';

/** Since when each is there, by the steady clock, the oldest first. */
type Party<T> = Map<T, number>;

export class Entering<T> {
  readonly #isWorking: (one: T) => boolean;
  /** No network without any. */
  readonly #networks = new Map<string, Party<T>>();
  #count = 0;

  /** `isWorking`: what one has asked is not answered, for which it needs as long as it takes. */
  constructor(isWorking: (one: T) => boolean) {
    this.#isWorking = isWorking;
  }

  add(network: string, one: T, nowMs: number): void {
    const party = this.#networks.get(network) ?? new Map<T, number>();
    this.#networks.set(network, party.set(one, nowMs));
    this.#count++;
  }

  remove(network: string, one: T): void {
    const party = this.#networks.get(network);
    if (!party?.delete(one)) return;
    this.#count--;
    if (party.size === 0) this.#networks.delete(network);
  }

  /** Whether all places are taken, and nobody gives one even to a network without any. */
  isFull(nowMs: number): boolean {
    return !this.#isBelowBound && this.#whoYieldsTo(0, nowMs) === undefined;
  }

  /** Whether one more of a network may begin. */
  hasRoom(network: string): boolean {
    return this.#isBelowBound && this.#ownOf(network) < MAX_ANONYMOUS_PER_ADDRESS;
  }

  /**
   * Who gives its place to one more of a network: where the network has its places, one of its own that has had its
   * time; where all are taken, the oldest of the network that has most, or one that has had its time of any network
   * that has more than this one.
   */
  whoYields(network: string, nowMs: number): T | undefined {
    const own = this.#ownOf(network);
    if (own >= MAX_ANONYMOUS_PER_ADDRESS) return this.#tardy(this.#networks.get(network), nowMs);
    return this.#whoYieldsTo(own, nowMs);
  }

  #whoYieldsTo(own: number, nowMs: number): T | undefined {
    const busiest = this.#busiest();
    if (busiest && busiest.size > own + 1) return busiest.keys().next().value;
    for (const party of this.#networks.values()) {
      const tardy = party.size > own ? this.#tardy(party, nowMs) : undefined;
      if (tardy !== undefined) return tardy;
    }
    return undefined;
  }

  get #isBelowBound(): boolean {
    return this.#count < MAX_ANONYMOUS_CONNECTIONS;
  }

  #ownOf(network: string): number {
    return this.#networks.get(network)?.size ?? 0;
  }

  #tardy(party: Party<T> | undefined, nowMs: number): T | undefined {
    for (const [one, sinceMs] of party ?? []) {
      if (nowMs - sinceMs < NEWCOMER_PATIENCE_MS) return undefined;
      if (!this.#isWorking(one)) return one;
    }
    return undefined;
  }

  #busiest(): Party<T> | undefined {
    let found: Party<T> | undefined;
    for (const party of this.#networks.values()) {
      if (party.size > (found?.size ?? 0)) found = party;
    }
    return found;
  }
}
