/**
 * How often the tracker dials whom, whoever asks: so seldom that nobody can make it a weapon. One
 * dial per address and interval, over all devices, unless one of them was there; of a host that is not known to be the asking
 * device's, one dial over all its ports, or each of 65,535 would be an address; and a share for each
 * user and each source. Pure: the time is handed in.
 */
import {
  MAX_REACH_DIALS_PER_SOURCE,
  MAX_REACH_DIALS_PER_USER,
  MAX_REACH_ENTRIES,
  REACH_INTERVAL_MS,
} from '../../net/limits.js';
import { networkOf } from '../../net/network-of.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import { addressKey } from './candidates.js';

/** A dial that somebody wants. */
export interface WantedDial {
  readonly address: PeerAddress;
  readonly userId: string;
  /** Where the asking device is seen. */
  readonly source: string;
  /** The device is seen at this very host, or proved its key there before. */
  readonly isOwnHost: boolean;
}

export class DialAllowance {
  /** Each key → how many dials in its present interval; the oldest interval first. */
  readonly #spent = new Map<string, { count: number; readonly sinceMs: number }>();

  /** Takes one dial, if there is one to take. */
  take(wanted: WantedDial, nowMs: number): boolean {
    this.#forgetOld(nowMs);
    const bounds = boundsOf(wanted);
    if (bounds.some(([key, most]) => (this.#spent.get(key)?.count ?? 0) >= most)) return false;
    for (const [key] of bounds) this.#spend(key, nowMs);
    return true;
  }

  /**
   * One of our devices was there. It is no victim, and it may have left the port to the next one: that one
   * needs a dial of its own.
   */
  onAnswered(address: PeerAddress): void {
    this.#spent.delete(ownKey(address));
  }

  #spend(key: string, nowMs: number): void {
    const entry = this.#spent.get(key);
    if (entry) entry.count++;
    else this.#spent.set(key, { count: 1, sinceMs: nowMs });
  }

  /** What is over, and beyond the bound what will be over first. */
  #forgetOld(nowMs: number): void {
    for (const [key, { sinceMs }] of this.#spent) {
      const isOver = nowMs - sinceMs >= REACH_INTERVAL_MS;
      if (!isOver && this.#spent.size < MAX_REACH_ENTRIES) return;
      this.#spent.delete(key);
    }
  }
}

/** What a dial uses up: the name of each bound, and how many dials it allows. */
function boundsOf({
  address,
  userId,
  source,
  isOwnHost,
}: WantedDial): (readonly [string, number])[] {
  return [
    // Others who name a host do not use up what its own devices need.
    isOwnHost ? [ownKey(address), 1] : [`foreign ${networkOf(address.host)}`, 1],
    [`user ${userId}`, MAX_REACH_DIALS_PER_USER],
    [`source ${networkOf(source)}`, MAX_REACH_DIALS_PER_SOURCE],
  ];
}

function ownKey(address: PeerAddress): string {
  return `own ${addressKey(address)}`;
}
