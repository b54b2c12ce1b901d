/**
 * Things that wait, by whom they are for, and whose is next: of the party that has used least. What
 * a party uses is said once its thing is done, and it has one under way at a time. Pure; the bound is
 * the caller's, who also decides who is refused at it.
 *
 * Things may be of several lanes: who takes may ask for the next one of one lane, and passes over parties whose oldest
 * thing is of another, because nobody overtakes themselves.
 *
 * Start-time fair queueing: a party's account rises by what it uses, and one that was away begins
 * where the others are, so that nobody saves up turns, and who comes now and then comes first. What is done
 * for a party without waiting here raises its account as well.
 */

/** What a thing costs at least, in the unit of the costs: nobody goes on for ever for nothing. */
const LEAST_COST = 0.01;
/** Accounts of parties that wait for nothing are looked through when there are so many. */
const LEAST_SWEEP = 1_024;
const ANY = '';

interface Party<T> {
  readonly name: string;
  /** Oldest first. */
  readonly things: T[];
  used: number;
  /** What it has used besides while it waits. */
  owed: number;
  /** In which order those came who have used as much. */
  order: number;
  isBusy: boolean;
}

export class FairShare<T> {
  readonly #parties = new Map<string, Party<T>>();
  /** Parties that wait and have nothing under way, by the lane of their oldest thing. */
  readonly #lanes = new Map<string, PartyHeap<T>>();
  readonly #laneOf: (thing: T) => string;
  /** The account of the party that was served last. */
  #now = 0;
  #size = 0;
  #busyCount = 0;
  #lastOrder = 0;
  #sweepAt = LEAST_SWEEP;

  /** @param laneOf of a few lanes, which are kept for ever @default all are of one */
  constructor(laneOf: (thing: T) => string = () => ANY) {
    this.#laneOf = laneOf;
  }

  /** Things that wait. */
  get size(): number {
    return this.#size;
  }

  /** Things of one party that wait. */
  sizeOf(party: string): number {
    return this.#parties.get(party)?.things.length ?? 0;
  }

  /** True when nothing of a party waits or is under way. */
  isIdle(party: string): boolean {
    const present = this.#parties.get(party);
    return present === undefined || (present.things.length === 0 && !present.isBusy);
  }

  /** By how much more a party has used than the one that was served last; at least 0. */
  aheadBy(name: string): number {
    return Math.max(0, (this.#parties.get(name)?.used ?? 0) - this.#now);
  }

  /** Something was done for a party that did not wait for it, and has cost so much. */
  charge(name: string, cost: number): void {
    const party = this.#parties.get(name) ?? this.#add(name);
    const charged = Math.max(cost, LEAST_COST);
    // Who waits stands in the heap by what they have used, and pays with their next thing.
    if (party.things.length > 0 && !party.isBusy) party.owed += charged;
    else party.used = Math.max(party.used, this.#now) + charged;
    this.#sweep();
  }

  /** Nobody has used anything, unless something waits or is under way. */
  beginAnew(): void {
    if (this.#size > 0 || this.#busyCount > 0) return;
    this.#parties.clear();
    this.#now = 0;
  }

  push(name: string, thing: T): void {
    const party = this.#parties.get(name) ?? this.#add(name);
    party.things.push(thing);
    this.#size++;
    if (!party.isBusy && party.things.length === 1) this.#enqueue(party);
  }

  /** True when there is something of a lane that may be taken. */
  has(lane = ANY): boolean {
    return (this.#lanes.get(lane)?.size ?? 0) > 0;
  }

  /** Takes the next thing of a lane; its party gets no other one before `done` is called for it. */
  shift(lane = ANY): { readonly party: string; readonly thing: T } | undefined {
    const party = this.#lanes.get(lane)?.pop();
    if (!party) return undefined;
    const { name } = party;
    // Those of another lane may have waited longer.
    this.#now = Math.max(this.#now, party.used);
    party.isBusy = true;
    this.#busyCount++;
    this.#size--;
    return { party: name, thing: party.things.shift()! };
  }

  /** What was taken for a party is done, and has cost so much. */
  done(name: string, cost: number): void {
    const party = this.#parties.get(name);
    if (!party?.isBusy) return;
    party.isBusy = false;
    this.#busyCount--;
    party.used += Math.max(cost, LEAST_COST) + party.owed;
    party.owed = 0;
    if (party.things.length > 0) this.#enqueue(party);
    else this.#forget();
  }

  #add(name: string): Party<T> {
    const state = { used: this.#now, owed: 0, order: 0, isBusy: false };
    const party: Party<T> = { name, things: [], ...state };
    this.#parties.set(name, party);
    return party;
  }

  #enqueue(party: Party<T>): void {
    party.used = Math.max(party.used, this.#now);
    party.order = ++this.#lastOrder;
    const lane = this.#laneOf(party.things[0]!);
    const heap = this.#lanes.get(lane) ?? new PartyHeap<T>();
    this.#lanes.set(lane, heap);
    heap.push(party);
  }

  /** When nobody wants anything all begin anew; else whoever is not ahead of the others. */
  #forget(): void {
    if (this.#size === 0 && this.#busyCount === 0) this.beginAnew();
    else this.#sweep();
  }

  #sweep(): void {
    if (this.#parties.size <= this.#sweepAt) return;
    for (const { name, things, used, isBusy } of this.#parties.values()) {
      if (things.length === 0 && !isBusy && used <= this.#now) this.#parties.delete(name);
    }
    this.#sweepAt = Math.max(LEAST_SWEEP, 2 * this.#parties.size);
  }
}

/** Parties of one lane: the next one stands first. */
class PartyHeap<T> {
  readonly #heap: Party<T>[] = [];

  get size(): number {
    return this.#heap.length;
  }

  push(party: Party<T>): void {
    this.#heap.push(party);
    this.#rise(this.#heap.length - 1);
  }

  pop(): Party<T> | undefined {
    const [first] = this.#heap;
    const last = this.#heap.pop();
    if (!first || !last || first === last) return first;
    this.#heap[0] = last;
    this.#sink(0);
    return first;
  }

  #rise(index: number): void {
    const above = (index - 1) >> 1;
    if (index === 0 || !isBefore(this.#heap[index]!, this.#heap[above]!)) return;
    this.#swap(index, above);
    this.#rise(above);
  }

  #sink(index: number): void {
    let least = index;
    for (const below of [2 * index + 1, 2 * index + 2]) {
      const party = this.#heap[below];
      if (party && isBefore(party, this.#heap[least]!)) least = below;
    }
    if (least === index) return;
    this.#swap(index, least);
    this.#sink(least);
  }

  #swap(one: number, other: number): void {
    const heap = this.#heap;
    [heap[one], heap[other]] = [heap[other]!, heap[one]!];
  }
}

function isBefore<T>(one: Party<T>, other: Party<T>): boolean {
  return one.used === other.used ? one.order < other.order : one.used < other.used;
}
