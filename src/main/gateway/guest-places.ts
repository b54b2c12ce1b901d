/**
 * The connections that guests may have at a time: so many in all, so many of one network. Whoever takes what a good
 * link gives has a proven place, which nobody loses to others. When all are taken, one that is not proven gives way:
 * of the network that has most of these the oldest. Pure; owns who has which place.
 *
 *   unproven ⇄ proven
 *   either → free; unproven → given up
 */
import {
  MAX_GUEST_CONNECTIONS,
  MAX_GUEST_CONNECTIONS_PER_NETWORK,
  MAX_GUEST_TAKING_PER_NETWORK,
} from '../../net/limits.js';

export interface PlaceHolder {
  readonly network: string;
  /** The place is needed for another; it is free from then on. */
  readonly giveUp: () => void;
}

export interface PlaceBounds {
  readonly most: number;
  readonly mostOfNetwork: number;
  readonly mostProvenOfNetwork: number;
}

const BOUNDS: PlaceBounds = {
  most: MAX_GUEST_CONNECTIONS,
  mostOfNetwork: MAX_GUEST_CONNECTIONS_PER_NETWORK,
  mostProvenOfNetwork: MAX_GUEST_TAKING_PER_NETWORK,
};

export class GuestPlaces {
  readonly #bounds: PlaceBounds;
  readonly #unproven = new HoldersByNetwork();
  readonly #proven = new HoldersByNetwork();

  constructor(bounds = BOUNDS) {
    this.#bounds = bounds;
  }

  get count(): number {
    return this.#unproven.count + this.#proven.count;
  }

  /** An unproven one. False when there is none for it. */
  take(holder: PlaceHolder): boolean {
    const { most, mostOfNetwork } = this.#bounds;
    const own = this.#unproven.of(holder.network) + this.#proven.of(holder.network);
    if (own >= mostOfNetwork) return false;
    if (this.count >= most && !this.#makeRoom()) return false;
    this.#unproven.add(holder);
    return true;
  }

  /** Link and password were good. False when its network has enough of these, or the place is given up. */
  prove(holder: PlaceHolder): boolean {
    if (this.#proven.of(holder.network) >= this.#bounds.mostProvenOfNetwork) return false;
    if (!this.#unproven.delete(holder)) return false;
    this.#proven.add(holder);
    return true;
  }

  /** What it took has come to its end. Idempotent. */
  lapse(holder: PlaceHolder): void {
    if (this.#proven.delete(holder)) this.#unproven.add(holder);
  }

  /** Idempotent. */
  free(holder: PlaceHolder): void {
    this.#unproven.delete(holder);
    this.#proven.delete(holder);
  }

  /** False when all are proven. */
  #makeRoom(): boolean {
    const holder = this.#unproven.oldestOfBusiest();
    if (holder === undefined) return false;
    this.free(holder);
    holder.giveUp();
    return true;
  }
}

class HoldersByNetwork {
  /** Each the oldest first. */
  readonly #held = new Map<string, Set<PlaceHolder>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  of(network: string): number {
    return this.#held.get(network)?.size ?? 0;
  }

  add(holder: PlaceHolder): void {
    const holders = this.#held.get(holder.network) ?? new Set();
    holders.add(holder);
    this.#held.set(holder.network, holders);
    this.#count++;
  }

  /** False when it is not there. */
  delete(holder: PlaceHolder): boolean {
    const holders = this.#held.get(holder.network);
    if (holders?.delete(holder) !== true) return false;
    this.#count--;
    if (holders.size === 0) this.#held.delete(holder.network);
    return true;
  }

  /** Among equals of the network that came first. */
  oldestOfBusiest(): PlaceHolder | undefined {
    let busiest: Set<PlaceHolder> | undefined;
    for (const holders of this.#held.values()) {
      if (!busiest || holders.size > busiest.size) busiest = holders;
    }
    const [oldest] = busiest ?? [];
    return oldest;
  }
}
