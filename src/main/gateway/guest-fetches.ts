/**
 * What is fetched for guests: one download for all guests of an item. Owns the table of them; what no guest takes any
 * more stays for a while, because a guest whose connection broke comes again.
 */
import { TrackerError } from '../../net/errors.js';
import { crashOnBug, detach } from '../../net/detach.js';
import { GUEST_FETCH_KEPT_MS, MAX_GUEST_FETCHES } from '../../net/limits.js';
import type { Later } from '../../net/later.js';
import type { GuestItem } from '../api/guest-links.js';
import { GuestFetch, type FetchSurroundings } from './guest-fetch.js';

interface Entry {
  readonly fetch: GuestFetch;
  guests: number;
  /** Takes back that it goes; set while nobody takes it. */
  stay: (() => void) | undefined;
}

/** A guest's use of one. */
export interface TakenFetch {
  readonly fetch: GuestFetch;
  /** The guest has gone. Idempotent. */
  readonly release: () => void;
}

export class GuestFetches {
  readonly #around: FetchSurroundings;
  readonly #later: Later;
  readonly #entries = new Map<string, Entry>();
  /** What is just being removed. */
  readonly #dropping = new Set<Promise<void>>();

  constructor(around: FetchSurroundings, later: Later) {
    this.#around = around;
    this.#later = later;
  }

  /** It is being fetched, or was and is kept: whoever takes it from here keeps it from going. */
  has(item: Pick<GuestItem, 'groupId' | 'fileId'>): boolean {
    return this.#goodOne(keyOf(item)) !== undefined;
  }

  /** @throws TrackerError BUSY */
  take(
    item: Pick<GuestItem, 'groupId' | 'fileName' | 'fileId'>,
    isCurrent: () => Promise<boolean>,
  ): TakenFetch {
    const key = keyOf(item);
    const entry = this.#goodOne(key) ?? this.#begin(key, item, isCurrent);
    entry.guests++;
    entry.stay?.();
    entry.stay = undefined;
    let isTaken = true;
    const release = (): void => {
      if (!isTaken) return;
      isTaken = false;
      entry.guests--;
      if (entry.guests > 0 || this.#entries.get(key) !== entry) return;
      entry.stay = this.#later(GUEST_FETCH_KEPT_MS, () => this.#drop(key, entry));
    };
    return { fetch: entry.fetch, release };
  }

  /** Removes all of them. Idempotent. */
  async close(): Promise<void> {
    for (const [key, entry] of this.#entries) this.#drop(key, entry);
    await Promise.all(this.#dropping);
  }

  #goodOne(key: string): Entry | undefined {
    const entry = this.#entries.get(key);
    if (entry === undefined || entry.fetch.isGood) return entry;
    this.#drop(key, entry);
    return undefined;
  }

  #begin(
    key: string,
    { groupId, fileName }: Pick<GuestItem, 'groupId' | 'fileName'>,
    isCurrent: () => Promise<boolean>,
  ): Entry {
    if (this.#entries.size >= MAX_GUEST_FETCHES) this.#makeRoom();
    const fetch = new GuestFetch(this.#around, { groupId, fileName }, isCurrent);
    const entry: Entry = { fetch, guests: 0, stay: undefined };
    this.#entries.set(key, entry);
    return entry;
  }

  /** @throws TrackerError BUSY */
  #makeRoom(): void {
    const idle = [...this.#entries].find(([, { guests }]) => guests === 0);
    if (idle === undefined) {
      throw new TrackerError('BUSY', 'much is being fetched for guests; try again in a moment');
    }
    this.#drop(...idle);
  }

  #drop(key: string, entry: Entry): void {
    entry.stay?.();
    this.#entries.delete(key);
    const dropping = entry.fetch.drop().finally(() => this.#dropping.delete(dropping));
    this.#dropping.add(dropping);
    detach(() => dropping, crashOnBug);
  }
}

/** No name of a group holds a line feed. */
function keyOf({ groupId, fileId }: Pick<GuestItem, 'groupId' | 'fileId'>): string {
  return `${groupId}\n${fileId}`;
}
