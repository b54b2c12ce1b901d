/**
 * When a scrub reads what: one round over everything that is shared, in the order of groups and names,
 * then rest until a month after the round began. Pure: the clock is handed in, and what there is to
 * read is told. It goes on from where the last run noted that it was.
 *
 *   resting (until the next round is due) → reading (from a place on) → resting
 */
import { SCRUB_ROUND_MS } from '../../net/limits.js';
import type { ScrubPosition, ScrubRound } from '../home/library-records.js';

/** What a scrub does now. */
export type ScrubStep =
  | { readonly kind: 'rest'; readonly ms: number }
  /** From the share at or after this place on. */
  | { readonly kind: 'read'; readonly from: ScrubPosition };

/** Before every name. */
const FIRST: ScrubPosition = { groupId: '', name: '', piece: 0 };

export class ScrubSchedule {
  #round: ScrubRound | undefined;

  /** `round` is what was noted last, if anything was. */
  constructor(round: ScrubRound | undefined) {
    this.#round = round;
  }

  /** What is to be noted; undefined before the first round. */
  get round(): ScrubRound | undefined {
    return this.#round;
  }

  /** What to do at this time; a round that is due begins. */
  step(nowMs: number): ScrubStep {
    const round = this.#round;
    if (round?.next) return { kind: 'read', from: round.next };
    const restMs = round ? round.startedAtMs + SCRUB_ROUND_MS - nowMs : 0;
    // A clock that was set back must not put it off for years.
    if (restMs > 0 && restMs <= SCRUB_ROUND_MS) return { kind: 'rest', ms: restMs };
    this.#round = { startedAtMs: nowMs, next: FIRST };
    return { kind: 'read', from: FIRST };
  }

  /** It is there by now; undefined at the end of everything. */
  onReached(next: ScrubPosition | undefined): void {
    if (this.#round) this.#round = { ...this.#round, next };
  }
}
