/**
 * Whether what is to go is too much at once: the disk, or the group, is likely not what it was then. Owns what has gone
 * within the last hour, so that many small steps are no way around it. Pure: the clock is handed in.
 */
import { SYNC_GONE_WINDOW_MS } from '../../net/limits.js';

export class GoneItems {
  /** When each went, of no more names than were noted. */
  readonly #goneAtMs = new Map<string, number>();

  /** It goes now. */
  onGone(name: string, nowMs: number): void {
    this.#goneAtMs.set(name, nowMs);
  }

  /**
   * What of the items that are noted would be gone, of how many, as far as that is too much: more than half, and more than
   * one. Undefined when it is not.
   * @param going the names of what is to go
   * @param agreed the names of what is noted to be here
   */
  tooMuch(
    going: ReadonlySet<string>,
    agreed: ReadonlySet<string>,
    nowMs: number,
  ): { readonly going: number; readonly all: number } | undefined {
    for (const [name, goneAtMs] of this.#goneAtMs)
      if (nowMs - goneAtMs >= SYNC_GONE_WINDOW_MS) this.#goneAtMs.delete(name);
    if (going.size === 0) return undefined;
    const gone = new Set([...going, ...this.#goneAtMs.keys()]);
    const all = new Set([...gone, ...agreed]);
    const isTooMuch = gone.size > 1 && gone.size * 2 > all.size;
    return isTooMuch ? { going: gone.size, all: all.size } : undefined;
  }
}
