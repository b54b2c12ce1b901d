/**
 * How many handshakes run at a time: as many as are done soon, whether this thread, the line or the machines of those
 * who come set the pace. One that is quick makes room for one more, one that is done but was slow takes some away, as a
 * sender of TCP finds its window. One that is not quick is left out of the count, because one that waits for the other
 * end costs nothing here, and so is one of the network with most where that keeps another out: whoever begins and says
 * no more holds nobody up, and tells nothing of the pace. Pure.
 */
import {
  HANDSHAKE_QUICK_MS,
  HANDSHAKE_SLOW_MS,
  LEAST_HANDSHAKES_AT_A_TIME,
  MAX_ANONYMOUS_CONNECTIONS,
} from '../../net/limits.js';

/** A slow handshake takes so much of the room away. */
const SHRINKING = 1 / 16;

interface Handshake {
  readonly network: string;
  readonly sinceMs: number;
}

export class HandshakeWindow<T> {
  /** The oldest first. */
  readonly #counted = new Map<T, Handshake>();
  /** Of these, by network; none without any. */
  readonly #byNetwork = new Map<string, Set<T>>();
  /** Since when those run that were left out because they take long: they may be done yet. */
  readonly #late = new Map<T, number>();
  #room = LEAST_HANDSHAKES_AT_A_TIME;

  /** Whether not even a network without any may begin one more. */
  isFull(nowMs: number): boolean {
    this.#leaveOutLate(nowMs);
    return !this.hasRoom('');
  }

  /** Whether one more of a network may begin. */
  hasRoom(network: string): boolean {
    if (this.#counted.size < this.#room) return true;
    const own = this.#byNetwork.get(network)?.size ?? 0;
    return (this.#busiest()?.size ?? 0) > own + 1;
  }

  /** One of a network begins. */
  begin(network: string, one: T, nowMs: number): void {
    if (this.#counted.size >= this.#room) {
      const [oldest] = this.#busiest() ?? [];
      if (oldest !== undefined) this.remove(oldest);
    }
    this.#counted.set(one, { network, sinceMs: nowMs });
    const present = this.#byNetwork.get(network);
    if (present) present.add(one);
    else this.#byNetwork.set(network, new Set([one]));
  }

  /** One is done. */
  done(one: T, nowMs: number): void {
    const sinceMs = this.#counted.get(one)?.sinceMs ?? this.#late.get(one);
    if (sinceMs === undefined) return;
    this.remove(one);
    const tookMs = nowMs - sinceMs;
    if (tookMs <= HANDSHAKE_QUICK_MS) {
      this.#room = Math.min(MAX_ANONYMOUS_CONNECTIONS, this.#room + 1);
    } else if (tookMs >= HANDSHAKE_SLOW_MS) this.#shrink();
  }

  /** One is gone, or of no interest any more. */
  remove(one: T): void {
    this.#late.delete(one);
    const handshake = this.#counted.get(one);
    if (!handshake) return;
    this.#counted.delete(one);
    const party = this.#byNetwork.get(handshake.network);
    party?.delete(one);
    if (party?.size === 0) this.#byNetwork.delete(handshake.network);
  }

  #leaveOutLate(nowMs: number): void {
    for (const [one, { sinceMs }] of this.#counted) {
      if (nowMs - sinceMs <= HANDSHAKE_QUICK_MS) return;
      this.remove(one);
      this.#late.set(one, sinceMs);
    }
  }

  #shrink(): void {
    const less = this.#room - Math.max(1, this.#room * SHRINKING);
    this.#room = Math.max(LEAST_HANDSHAKES_AT_A_TIME, Math.floor(less));
  }

  #busiest(): Set<T> | undefined {
    let found: Set<T> | undefined;
    for (const party of this.#byNetwork.values()) {
      if (party.size > (found?.size ?? 0)) found = party;
    }
    return found;
  }
}
