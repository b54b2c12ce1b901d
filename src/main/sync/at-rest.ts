/**
 * Which items have not changed for a while: they looked the same twice, some time apart. Pure: the clock is handed in.
 */
import { isUnchanged, type FileStamp } from '../disk/file-stamp.js';
import { SYNC_QUIET_MS } from '../../net/limits.js';

interface Seen {
  readonly stamp: FileStamp;
  /** Since when it looks like this. */
  readonly sinceMs: number;
}

export class AtRest {
  /** Of what is in the folder: no more than that has entries. */
  #seen: ReadonlyMap<string, Seen> = new Map();

  /** Takes in a look at everything; what is not in it is forgotten. */
  onLook(stamps: ReadonlyMap<string, FileStamp>, nowMs: number): void {
    const seen = new Map<string, Seen>();
    for (const [name, stamp] of stamps) {
      const before = this.#seen.get(name);
      const isSame = before !== undefined && isUnchanged(before.stamp, stamp);
      seen.set(name, isSame ? before : { stamp, sinceMs: nowMs });
    }
    this.#seen = seen;
  }

  isAtRest(name: string, nowMs: number): boolean {
    const seen = this.#seen.get(name);
    return seen !== undefined && nowMs - seen.sinceMs >= SYNC_QUIET_MS;
  }
}
