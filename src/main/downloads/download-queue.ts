/**
 * Whose turn it is among the downloads of a client: so many fetch at a time, so many more are
 * being put in place, the others wait in line. A pure table of ids; starting and stopping them
 * is its owner's.
 *
 *   waiting → fetching → finishing → gone      waiting → gone
 */
import { MAX_FINISHING_DOWNLOADS, MAX_RUNNING_DOWNLOADS } from '../../net/limits.js';

type Place = 'waiting' | 'fetching' | 'finishing';

interface Entry {
  /** Of a place among those that fetch; a brief download is mostly waiting and takes half. */
  readonly load: number;
  place: Place;
}

export class DownloadQueue {
  /** In the order in which they entered. */
  readonly #entries = new Map<string, Entry>();
  #fetchingLoad = 0;
  #finishingLoad = 0;

  /** Puts a download at the end of the line. */
  enter(id: string, load: number): void {
    this.#entries.set(id, { load, place: 'waiting' });
  }

  isWaiting(id: string): boolean {
    return this.#entries.get(id)?.place === 'waiting';
  }

  /** It fetches nothing any more; putting a file in place is mostly waiting, others may fetch. */
  onFetched(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.place !== 'fetching') return;
    this.#fetchingLoad -= entry.load;
    this.#finishingLoad += finishingLoadOf(entry);
    entry.place = 'finishing';
  }

  /** It has ended, or is not wanted any more. */
  leave(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.place === 'fetching') this.#fetchingLoad -= entry.load;
    if (entry?.place === 'finishing') this.#finishingLoad -= finishingLoadOf(entry);
    this.#entries.delete(id);
  }

  /** The downloads that may start now, each once, in the order of the line. */
  takeStartable(): string[] {
    const started: string[] = [];
    for (const [id, entry] of this.#entries) {
      if (this.#fetchingLoad >= MAX_RUNNING_DOWNLOADS) break;
      if (this.#finishingLoad >= MAX_FINISHING_DOWNLOADS) break;
      if (entry.place !== 'waiting') continue;
      // It does not overtake: a long one would wait for ever behind brief ones.
      if (this.#fetchingLoad + entry.load > MAX_RUNNING_DOWNLOADS) break;
      entry.place = 'fetching';
      this.#fetchingLoad += entry.load;
      started.push(id);
    }
    return started;
  }
}

/** What takes half a place or more counts as one; of small files that go together many do. */
function finishingLoadOf({ load }: Entry): number {
  return Math.min(1, 2 * load);
}
