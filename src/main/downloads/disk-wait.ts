/**
 * For how long the disk has taken nothing of what is to be written to it, by looks at how many writes have come back.
 * Pure: every `nowMs` comes from one clock.
 */
import { DISK_BACK_TOLD_MS, DISK_WAIT_TOLD_MS } from '../../net/limits.js';
import type { Writes } from '../../net/write-count.js';

export class DiskWait {
  #ended = 0;
  /** When the last of them was seen to have come back, or to have begun; undefined while nothing is written. */
  #sinceMs: number | undefined;
  /** The last wait that was told, how long it was and when it was over. */
  #over: { readonly lastedMs: number; readonly atMs: number } | undefined;

  look({ begun, ended }: Writes, nowMs: number): void {
    const lastedMs = this.lastedMs(nowMs);
    if (lastedMs !== undefined && ended !== this.#ended) this.#over = { lastedMs, atMs: nowMs };
    if (begun === ended) this.#sinceMs = undefined;
    else if (this.#sinceMs === undefined || ended !== this.#ended) this.#sinceMs = nowMs;
    this.#ended = ended;
  }

  /** Milliseconds; undefined where that is nothing to speak of. */
  lastedMs(nowMs: number): number | undefined {
    const lastedMs = nowMs - (this.#sinceMs ?? nowMs);
    return lastedMs >= DISK_WAIT_TOLD_MS ? Math.round(lastedMs) : undefined;
  }

  /** For how long it had taken nothing, milliseconds, shortly after: peers have left meanwhile. */
  justLastedMs(nowMs: number): number | undefined {
    const { lastedMs, atMs } = this.#over ?? { lastedMs: undefined, atMs: -Infinity };
    return nowMs - atMs < DISK_BACK_TOLD_MS ? lastedMs : undefined;
  }
}
