/**
 * Whose turn it is among the downloads of a client: so many fetch at a time, so many more are
 * being put in place, the others wait in line. One on which nothing comes keeps its place without being counted, so
 * that it holds up nobody. A pure table of ids; starting and stopping them is its owner's.
 *
 *   waiting → fetching ⇄ stalled → finishing → gone      waiting → gone
 */
import {
  MAX_FINISHING_DOWNLOADS,
  MAX_RUNNING_DOWNLOADS,
  MAX_STALLED_DOWNLOADS,
} from '../../net/limits.js';
import type { Turn } from '../home/download-turn.js';
import { WaitingLine } from './waiting-line.js';

type Place = 'waiting' | 'fetching' | 'stalled' | 'finishing';

interface Entry {
  /** Of a place among those that fetch; a brief download is mostly waiting and takes half. */
  readonly load: number;
  place: Place;
}

export class DownloadQueue {
  readonly #atOnce: number;
  readonly #entries = new Map<string, Entry>();
  readonly #line = new WaitingLine();
  /** Those that fetch, also those on which nothing comes, in the order in which they began. */
  readonly #begun = new Set<string>();
  /** What is taken of the places of each kind. */
  readonly #loads = { fetching: 0, stalled: 0, finishing: 0 };

  /** So many places are for those that fetch. */
  constructor(atOnce = MAX_RUNNING_DOWNLOADS) {
    this.#atOnce = atOnce;
  }

  /** Puts a download in line. */
  enter(id: string, load: number, turn: Turn): void {
    this.#entries.set(id, { load, place: 'waiting' });
    this.#line.add(id, turn);
  }

  isWaiting(id: string): boolean {
    return this.#line.has(id);
  }

  /** Somebody waits. */
  get hasWaiting(): boolean {
    return this.#line.length > 0;
  }

  /** The place in the line of each that waits, from 1. */
  get places(): ReadonlyMap<string, number> {
    return this.#line.places();
  }

  /** The place of one in the line, from 1; undefined for one that does not wait. */
  placeOf(id: string): number | undefined {
    return this.#line.placeOf(id);
  }

  /** Those that fetch, whether something comes or not. */
  get begun(): readonly string[] {
    return [...this.#begun];
  }

  /** It has another turn from now on; nothing happens for one that does not wait. */
  setTurn(id: string, turn: Turn): void {
    if (!this.#line.has(id)) return;
    this.#line.remove(id);
    this.#line.add(id, turn);
  }

  /** Nothing comes: its place is for others meanwhile, unless too many have been left so already. */
  onStalled(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.place !== 'fetching') return;
    if (this.#loads.stalled + sideLoadOf(entry) > MAX_STALLED_DOWNLOADS) return;
    this.#move(entry, 'stalled');
  }

  /** Something comes again: it counts, even where others have begun in its place. */
  onMoving(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.place === 'stalled') this.#move(entry, 'fetching');
  }

  /** It fetches nothing any more; putting a file in place is mostly waiting, others may fetch. */
  onFetched(id: string): void {
    const entry = this.#entries.get(id);
    if (entry?.place !== 'fetching' && entry?.place !== 'stalled') return;
    this.#begun.delete(id);
    this.#move(entry, 'finishing');
  }

  /** It has ended, or is not wanted any more. */
  leave(id: string): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    this.#line.remove(id);
    this.#begun.delete(id);
    if (entry.place !== 'waiting') this.#loads[entry.place] -= loadIn(entry.place, entry);
    this.#entries.delete(id);
  }

  /** The downloads that may start now, each once, in the order of the line. */
  takeStartable(): string[] {
    const started: string[] = [];
    while (this.#loads.finishing < MAX_FINISHING_DOWNLOADS) {
      const id = this.#line.first;
      if (id === undefined) break;
      const entry = this.#entries.get(id)!;
      // It does not overtake: a long one would wait for ever behind brief ones.
      if (this.#loads.fetching + entry.load > this.#atOnce) break;
      this.#line.remove(id);
      this.#begun.add(id);
      this.#move(entry, 'fetching');
      started.push(id);
    }
    return started;
  }

  #move(entry: Entry, to: Exclude<Place, 'waiting'>): void {
    if (entry.place !== 'waiting') this.#loads[entry.place] -= loadIn(entry.place, entry);
    this.#loads[to] += loadIn(to, entry);
    entry.place = to;
  }
}

function loadIn(place: Exclude<Place, 'waiting'>, entry: Entry): number {
  return place === 'fetching' ? entry.load : sideLoadOf(entry);
}

/** What takes half a place or more counts as one; of small files that go together many do. */
function sideLoadOf({ load }: Entry): number {
  return Math.min(1, 2 * load);
}
