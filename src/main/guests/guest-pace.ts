/**
 * How often downloads of guests may count: each is an entry in a history, of which the tracker takes so many of a user
 * (GUEST_NOTES_BURST). So that neither one guest nor one link uses them up, each network has a share of them, whatever
 * links it has, and each link, whoever has it. Owns what both have used; the clock is handed in.
 */
import {
  GUEST_NOTES_OF_LINK_BURST,
  GUEST_NOTES_OF_LINK_INTERVAL_MS,
  GUEST_NOTES_OF_NETWORK_BURST,
  GUEST_NOTES_OF_NETWORK_INTERVAL_MS,
  MAX_GUEST_LINKS,
  MAX_GUEST_MISS_ENTRIES,
} from '../../net/limits.js';
import { TokenBuckets } from '../../net/token-buckets.js';

export class GuestPace {
  readonly #steadyMs: () => number;
  readonly #networks = new TokenBuckets({
    burst: GUEST_NOTES_OF_NETWORK_BURST,
    intervalMs: GUEST_NOTES_OF_NETWORK_INTERVAL_MS,
    most: MAX_GUEST_MISS_ENTRIES,
  });
  readonly #links = new TokenBuckets({
    burst: GUEST_NOTES_OF_LINK_BURST,
    intervalMs: GUEST_NOTES_OF_LINK_INTERVAL_MS,
    most: MAX_GUEST_LINKS,
  });

  /** `steadyMs`: one steady clock, in milliseconds. */
  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** Counts one of a network by a link. False when one of them has used up its share; then neither is charged. */
  take(id: string, network: string): boolean {
    const nowMs = this.#steadyMs();
    if (!this.#networks.take(network, nowMs)) return false;
    if (this.#links.take(id, nowMs)) return true;
    this.#networks.giveBack(network, nowMs);
    return false;
  }

  /** It did not count after all. */
  giveBack(id: string, network: string): void {
    const nowMs = this.#steadyMs();
    this.#networks.giveBack(network, nowMs);
    this.#links.giveBack(id, nowMs);
  }
}
