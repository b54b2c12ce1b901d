/**
 * Which items are fetched first: those that somebody serves, and of them those that have not failed. So what never comes
 * takes no place before what was not tried. Owns what has failed how often. Pure.
 */

/** An item as far as its turn concerns it. */
export interface OrderedItem {
  readonly name: string;
  readonly hasSources: boolean;
}

export class FetchOrder {
  readonly #failed = new Map<string, { readonly times: number; readonly lastMs: number }>();

  /** It did not come, or came too slowly. */
  onFailed(name: string, nowMs: number): void {
    const times = (this.#failed.get(name)?.times ?? 0) + 1;
    this.#failed.set(name, { times, lastMs: nowMs });
  }

  onDone(name: string): void {
    this.#failed.delete(name);
  }

  /** What is not in the group any more is remembered no longer. */
  keepOnly(names: { has(name: string): boolean }): void {
    for (const name of this.#failed.keys()) if (!names.has(name)) this.#failed.delete(name);
  }

  /** For sorting: whose turn is first. */
  compare(a: OrderedItem, b: OrderedItem): number {
    if (a.hasSources !== b.hasSources) return a.hasSources ? -1 : 1;
    const [failedA, failedB] = [this.#failed.get(a.name), this.#failed.get(b.name)];
    const times = (failedA?.times ?? 0) - (failedB?.times ?? 0);
    return times !== 0 ? times : (failedA?.lastMs ?? 0) - (failedB?.lastMs ?? 0);
  }
}
