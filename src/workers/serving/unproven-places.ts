/**
 * The places of connections that have not shown a ticket yet, from the first packet of TCP on.
 * When all are taken, the oldest one of the address that holds most makes room, so that no address
 * can shut others out. Pure: it calls what it was handed.
 *
 *   taken → left (proven, or closed) | evicted
 */
import { MAX_UNPROVEN_UPLOAD_SESSIONS } from '../../net/limits.js';

/** One connection's place. */
export interface UnprovenPlace {
  readonly share: string;
  /** Ends the connection; it has lost its place already. */
  readonly evict: () => void;
}

export class UnprovenPlaces {
  /** By the share that pays for them; the oldest first. */
  readonly #byShare = new Map<string, Set<UnprovenPlace>>();
  #count = 0;

  get count(): number {
    return this.#count;
  }

  /** Takes a place, in the place of another when all are taken. */
  take(place: UnprovenPlace): void {
    if (this.#count >= MAX_UNPROVEN_UPLOAD_SESSIONS) this.#evictOne();
    const places = this.#byShare.get(place.share);
    if (places) places.add(place);
    else this.#byShare.set(place.share, new Set([place]));
    this.#count++;
  }

  /** Gives a place back; false when it was lost before. */
  leave(place: UnprovenPlace): boolean {
    const places = this.#byShare.get(place.share);
    if (!places?.delete(place)) return false;
    this.#count--;
    if (places.size === 0) this.#byShare.delete(place.share);
    return true;
  }

  #evictOne(): void {
    let busiest: Set<UnprovenPlace> | undefined;
    // Among equals the one that was there first, by the order of the map.
    for (const places of this.#byShare.values()) {
      if (!busiest || places.size > busiest.size) busiest = places;
    }
    const [oldest] = busiest ?? [];
    if (!oldest) return;
    this.leave(oldest);
    oldest.evict();
  }
}
