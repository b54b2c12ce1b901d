/**
 * Newcomers whose first message is there, until TLS begins on them: networks take turns, within one it is first come,
 * first served. Nobody is let in here who would wait too long at the pace of this crowd, or for whom there is no place;
 * they are to come back. The pace is that of those who go on one after the other: a time in which none may is not in
 * it, because those who make it last would choose how many are sent away. Pure.
 */
import { MAX_NEWCOMER_WAIT_MS, MAX_WAITING_NEWCOMERS } from '../../net/limits.js';
import { SharedBound } from '../shared-bound.js';

/** Between two newcomers of a crowd, until it was measured for so long. */
const GUESSED_PACE_MS = 2.5;
const MEASURED_MS = 1_000;
/** What is longer between two of them counts as this: a pause, or a machine that says nothing of the next ones. */
const SLOWEST_PACE_MS = 20;
/** The pace is the mean of about so many newcomers. */
const MEAN_OF = 64;

/** How one went on after another in a crowd: how often, for how long in all, and what lay between them of late. */
interface Pace {
  readonly count: number;
  readonly measuredMs: number;
  readonly meanMs: number;
}

const unmeasured: Pace = { count: 0, measuredMs: 0, meanMs: 0 };

export class WaitingRoom<T> {
  /** Whose turn is next stands first; no network without newcomers, the oldest first. */
  readonly #networks = new Map<string, Set<T>>();
  readonly #places = new SharedBound(MAX_WAITING_NEWCOMERS);
  #pace = unmeasured;
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
    this.pause();
    return undefined;
  }

  /** Nobody may go on for a while. */
  pause(): void {
    this.#lastMs = undefined;
  }

  /** One waits no more. */
  remove(network: string, newcomer: T): void {
    const present = this.#networks.get(network);
    if (!present?.delete(newcomer)) return;
    this.#places.giveBack(network);
    if (present.size === 0) this.#networks.delete(network);
    if (this.size > 0) return;
    this.pause();
    this.#pace = unmeasured;
  }

  /** How long one more of a network would wait: every network has a turn for each of its own. */
  #waitMs(network: string): number {
    const own = this.#networks.get(network)?.size ?? 0;
    const turns = Math.min(this.size, (this.#networks.size + 1) * (own + 1));
    const { measuredMs, meanMs } = this.#pace;
    return turns * (measuredMs < MEASURED_MS ? GUESSED_PACE_MS : meanMs);
  }

  #onGoesOn(nowMs: number): void {
    if (this.#lastMs !== undefined) {
      this.#pace = measured(this.#pace, Math.min(nowMs - this.#lastMs, SLOWEST_PACE_MS));
    }
    this.#lastMs = nowMs;
  }

  #networksTurnIsOver(network: string): void {
    const newcomers = this.#networks.get(network);
    this.#networks.delete(network);
    if (newcomers) this.#networks.set(network, newcomers);
  }
}

function measured(pace: Pace, ms: number): Pace {
  const count = pace.count + 1;
  const meanMs = pace.meanMs + (ms - pace.meanMs) / Math.min(count, MEAN_OF);
  return { count, measuredMs: pace.measuredMs + ms, meanMs };
}
