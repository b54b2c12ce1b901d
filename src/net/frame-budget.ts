/**
 * How many frames one end of a peer link takes from the other: a budget that refills by the second.
 * What is answered with bytes that were wanted is given back. Pure; the clock is handed in, and
 * asked only when the budget is used up.
 */
import { PeerError } from './errors.js';
import { MAX_CONTROL_FRAMES_PER_SECOND, OPEN_FRAME_COST, TICKET_FRAME_COST } from './limits.js';
import type { PeerFrame } from './peer-frames.js';

export class FrameBudget {
  readonly #nowMs: () => number;
  #left = MAX_CONTROL_FRAMES_PER_SECOND;
  #refilledMs: number;

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#refilledMs = nowMs();
  }

  /**
   * Takes the cost of one frame. After a silence there is one second's worth of frames twice over.
   * @throws PeerError PROTOCOL_VIOLATION when more has come than anybody honest sends
   */
  spend(cost = 1): void {
    if (this.#left < cost) this.#refill();
    if (this.#left < cost) {
      throw new PeerError(
        'PROTOCOL_VIOLATION',
        `the peer sent more than ${MAX_CONTROL_FRAMES_PER_SECOND} control frames a second`,
      );
    }
    this.#left -= cost;
  }

  /** A frame that was charged was worth it. */
  giveBack(): void {
    if (this.#left < MAX_CONTROL_FRAMES_PER_SECOND) this.#left++;
  }

  #refill(): void {
    const nowMs = this.#nowMs();
    const gained = ((nowMs - this.#refilledMs) * MAX_CONTROL_FRAMES_PER_SECOND) / 1000;
    this.#left = Math.min(MAX_CONTROL_FRAMES_PER_SECOND, this.#left + gained);
    this.#refilledMs = nowMs;
  }
}

/** What a dialler's frame counts; its requests are paid for where they are answered. */
export function frameCost(type: PeerFrame['type']): number {
  switch (type) {
    case 'request':
      return 0;
    case 'open':
    case 'find':
      return OPEN_FRAME_COST;
    case 'ticket':
      return TICKET_FRAME_COST;
    default:
      return 1;
  }
}
