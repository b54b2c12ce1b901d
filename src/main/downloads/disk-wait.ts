/**
 * For how long the disk has taken nothing of what is to be written to it, by looks at how many writes have come back.
 * Pure: every `nowMs` comes from one clock.
 */
import { DISK_WAIT_TOLD_MS } from '../../net/limits.js';
import type { Writes } from '../../net/write-count.js';

export class DiskWait {
  #ended = 0;
  /** When the last of them was seen to have come back, or to have begun; undefined while nothing is written. */
  #sinceMs: number | undefined;

  look({ begun, ended }: Writes, nowMs: number): void {
    if (begun === ended) this.#sinceMs = undefined;
    else if (this.#sinceMs === undefined || ended !== this.#ended) this.#sinceMs = nowMs;
    this.#ended = ended;
  }

  /** Milliseconds; undefined where that is nothing to speak of. */
  lastedMs(nowMs: number): number | undefined {
    const lastedMs = nowMs - (this.#sinceMs ?? nowMs);
    return lastedMs >= DISK_WAIT_TOLD_MS ? Math.round(lastedMs) : undefined;
  }
}
