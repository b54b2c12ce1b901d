/**
 * Things that wait, by whom they are for: each party gets its turn after every other one has had
 * its own, in the order in which they came. So whoever asks much waits for themselves. Pure; the
 * bound is the caller's, who also decides who is refused at it.
 */
export class FairQueue<T> {
  /** Whose turn is next stands first; no party without things. */
  readonly #parties = new Map<string, T[]>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Things of one party. */
  sizeOf(party: string): number {
    return this.#parties.get(party)?.length ?? 0;
  }

  push(party: string, thing: T): void {
    const things = this.#parties.get(party);
    if (things) things.push(thing);
    else this.#parties.set(party, [thing]);
    this.#size++;
  }

  /** Takes the oldest thing of the party whose turn it is. */
  shift(): T | undefined {
    const next = this.#parties.entries().next();
    if (next.done) return undefined;
    const [party, things] = next.value;
    const thing = things.shift();
    this.#parties.delete(party);
    if (things.length > 0) this.#parties.set(party, things);
    this.#size--;
    return thing;
  }

  /** The party with most things, and how many; of equal ones that whose turn is last. */
  busiest(): { readonly party: string; readonly count: number } | undefined {
    let found: { party: string; count: number } | undefined;
    for (const [party, { length: count }] of this.#parties) {
      if (!found || count >= found.count) found = { party, count };
    }
    return found;
  }

  /** Takes the newest thing of a party. */
  pop(party: string): T | undefined {
    const things = this.#parties.get(party);
    if (!things) return undefined;
    if (things.length === 1) this.#parties.delete(party);
    this.#size--;
    return things.pop();
  }
}
