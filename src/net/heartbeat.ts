/**
 * Whether the other side of a link is alive, by beats of an even length: who was heard of since the last beat is not
 * asked, who was silent is, and who answers none of so many questions is dead. Pure.
 */
import { MAX_MISSED_PONGS } from './limits.js';

/** What a beat found: heard of lately; silent, so ask; as good as gone. */
export type Beat = 'alive' | 'silent' | 'dead';

export class Heartbeat {
  #silentBeats = 0;

  /** Anything came from the other side. */
  onSignOfLife(): void {
    this.#silentBeats = 0;
  }

  beat(): Beat {
    const silent = this.#silentBeats++;
    if (silent === 0) return 'alive';
    return silent <= MAX_MISSED_PONGS ? 'silent' : 'dead';
  }
}
