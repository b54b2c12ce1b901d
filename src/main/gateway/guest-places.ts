/**
 * The connections that guests may have at a time: so many in all, so many of one network. When all are taken, the
 * network that has most of them gives its oldest up for one that has fewer. Pure; owns who has which place.
 */
import { MAX_GUEST_CONNECTIONS, MAX_GUEST_CONNECTIONS_PER_NETWORK } from '../../net/limits.js';

export interface PlaceHolder {
  readonly network: string;
  /** The place is needed for another; it is free from then on. */
  readonly giveUp: () => void;
}

export class GuestPlaces {
  readonly #most: number;
  readonly #mostOfNetwork: number;
  /** By network, each the oldest first. */
  readonly #held = new Map<string, Set<PlaceHolder>>();
  #count = 0;

  constructor(most = MAX_GUEST_CONNECTIONS, mostOfNetwork = MAX_GUEST_CONNECTIONS_PER_NETWORK) {
    this.#most = most;
    this.#mostOfNetwork = mostOfNetwork;
  }

  get count(): number {
    return this.#count;
  }

  /** False when there is none for it. */
  take(holder: PlaceHolder): boolean {
    const own = this.#held.get(holder.network)?.size ?? 0;
    if (own >= this.#mostOfNetwork) return false;
    if (this.#count >= this.#most && !this.#makeRoom(own + 1)) return false;
    const holders = this.#held.get(holder.network) ?? new Set();
    holders.add(holder);
    this.#held.set(holder.network, holders);
    this.#count++;
    return true;
  }

  /** Idempotent. */
  free(holder: PlaceHolder): void {
    const holders = this.#held.get(holder.network);
    if (holders?.delete(holder) !== true) return;
    this.#count--;
    if (holders.size === 0) this.#held.delete(holder.network);
  }

  /** For a network that has `own` of them then; false when none has more. */
  #makeRoom(own: number): boolean {
    const [most] = [...this.#held.values()].sort((one, other) => other.size - one.size);
    if (most === undefined || most.size <= own) return false;
    const [oldest] = most;
    if (oldest === undefined) return false;
    this.free(oldest);
    oldest.giveUp();
    return true;
  }
}
