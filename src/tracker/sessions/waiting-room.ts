/**
 * Newcomers whose first message is there, until TLS begins on them: networks take turns, within one it is first come,
 * first served. Nobody is let in here who would wait too long at the pace of late, or for whom there is no place; they
 * are to come back. Pure.
 */
import { MAX_NEWCOMER_WAIT_MS, MAX_WAITING_NEWCOMERS } from '../../net/limits.js';
import { SharedBound } from '../shared-bound.js';

/** Between two newcomers of a crowd, while nothing was measured. */
const GUESSED_PACE_MS = 2.5;
/** A newcomer counts so much in the mean of the pace. */
const PACE_WEIGHT = 1 / 16;

export class WaitingRoom<T> {
  /** Whose turn is next stands first; no network without newcomers, the oldest first. */
  readonly #networks = new Map<string, Set<T>>();
  readonly #places = new SharedBound(MAX_WAITING_NEWCOMERS);
  #paceMs = GUESSED_PACE_MS;
  /** When the last one was let go on, if others have waited ever since and could. */
  #lastMs: number | undefined;

  /** Newcomers that wait. */
  get size(): number {
    return this.#places.total;
  }

  /** Takes one in that waits behind the others; false when it is to come back. */
  take(network: string, newcomer: T): boolean {
    if (this.#waitMs(network) > MAX_NEWCOMER_WAIT_MS || !this.#places.take(network)) return false;
    const present = this.#networks.get(network);
    if (present) present.add(newcomer);
    else this.#networks.set(network, new Set([newcomer]));
    return true;
  }

  /** Takes out whose turn it is, of the networks that may go on; undefined when none may. */
  next(mayGoOn: (network: string) => boolean, nowMs: number): T | undefined {
    for (const [network, [oldest]] of this.#networks) {
      if (oldest === undefined || !mayGoOn(network)) continue;
      this.#onGoesOn(nowMs);
      this.#networksTurnIsOver(network);
      this.remove(network, oldest);
      return oldest;
    }
    this.#lastMs = undefined;
    return undefined;
  }

  /** One waits no more. */
  remove(network: string, newcomer: T): void {
    const present = this.#networks.get(network);
    if (!present?.delete(newcomer)) return;
    this.#places.giveBack(network);
    if (present.size === 0) this.#networks.delete(network);
    if (this.size === 0) this.#lastMs = undefined;
  }

  /** How long one more of a network would wait: every network has a turn for each of its own. */
  #waitMs(network: string): number {
    const own = this.#networks.get(network)?.size ?? 0;
    const turns = Math.min(this.size, (this.#networks.size + 1) * (own + 1));
    return turns * this.#paceMs;
  }

  #onGoesOn(nowMs: number): void {
    if (this.#lastMs !== undefined) {
      this.#paceMs += (nowMs - this.#lastMs - this.#paceMs) * PACE_WEIGHT;
    }
    this.#lastMs = nowMs;
  }

  #networksTurnIsOver(network: string): void {
    const newcomers = this.#networks.get(network);
    this.#networks.delete(network);
    if (newcomers) this.#networks.set(network, newcomers);
  }
}
