/**
 * What one reader has open just now. It may read a file over several connections at once: what it was sent is
 * added up until the last one has let go.
 */
import type { Offer } from './offers.js';

export interface ReadOffer {
  readonly offer: Offer;
  /** Sent over the connections that have let go. */
  readonly bytes: number;
}

export class OpenOffers {
  readonly #open = new Map<string, { readonly offer: Offer; connections: number; bytes: number }>();

  get count(): number {
    return this.#open.size;
  }

  /** Oldest first. */
  get all(): readonly ReadOffer[] {
    return [...this.#open.values()];
  }

  /** A connection has opened a file. */
  onOpened(offer: Offer): void {
    const key = keyOf(offer);
    const open = this.#open.get(key) ?? { offer, connections: 0, bytes: 0 };
    open.connections++;
    this.#open.set(key, open);
  }

  /** It has let the file go, and was sent so many bytes of it; answers what was read once it was the last. */
  onReleased(offer: Offer, bytes: number): ReadOffer | undefined {
    const key = keyOf(offer);
    const open = this.#open.get(key);
    if (!open) return undefined;
    open.connections--;
    open.bytes += bytes;
    if (open.connections > 0) return undefined;
    this.#open.delete(key);
    return open;
  }
}

function keyOf({ groupId, fileId }: Offer): string {
  return JSON.stringify([groupId, fileId]);
}
