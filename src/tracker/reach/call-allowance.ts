/**
 * How often who may call whom: a call makes a device dial, so nobody may have that done often, and no
 * device is made to do it often, whoever asks. Counted for the user, the address and the pair of devices,
 * and for the device that is called. Pure: the time is handed in.
 */
import {
  CALL_INTERVAL_MS,
  MAX_CALL_ENTRIES,
  MAX_CALLS_PER_SOURCE,
  MAX_CALLS_PER_USER,
  MAX_CALLS_TO_DEVICE,
  MAX_CALLS_TO_DEVICE_BY_ONE,
} from '../../net/limits.js';
import { networkOf } from '../../net/network-of.js';

/** A call that somebody wants to make. */
export interface WantedCall {
  readonly userId: string;
  /** Where the caller is seen. */
  readonly source: string;
  /** The device that calls, and the one that is called. */
  readonly caller: string;
  readonly called: string;
}

export class CallAllowance {
  /** Each key → how many calls in its present interval; the oldest interval first. */
  readonly #spent = new Map<string, { count: number; readonly sinceMs: number }>();

  /** Takes one call, if there is one to take. */
  take(wanted: WantedCall, nowMs: number): boolean {
    this.#forgetOld(nowMs);
    const bounds = boundsOf(wanted);
    if (bounds.some(([key, most]) => (this.#spent.get(key)?.count ?? 0) >= most)) return false;
    for (const [key] of bounds) {
      const entry = this.#spent.get(key);
      if (entry) entry.count++;
      else this.#spent.set(key, { count: 1, sinceMs: nowMs });
    }
    return true;
  }

  /** What is over, and beyond the bound what will be over first. */
  #forgetOld(nowMs: number): void {
    for (const [key, { sinceMs }] of this.#spent) {
      const isOver = nowMs - sinceMs >= CALL_INTERVAL_MS;
      if (!isOver && this.#spent.size < MAX_CALL_ENTRIES) return;
      this.#spent.delete(key);
    }
  }
}

/** What a call uses up: the name of each bound, and how many calls it allows. */
function boundsOf({ userId, source, caller, called }: WantedCall): (readonly [string, number])[] {
  return [
    [`user ${userId}`, MAX_CALLS_PER_USER],
    [`source ${networkOf(source)}`, MAX_CALLS_PER_SOURCE],
    [`to ${called}`, MAX_CALLS_TO_DEVICE],
    [`${caller} to ${called}`, MAX_CALLS_TO_DEVICE_BY_ONE],
  ];
}
