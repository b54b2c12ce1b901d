/**
 * Which items are fetched first: those that somebody serves, and of them those that have not failed. So what never comes
 * takes no place before what was not tried. Owns what has failed how often. Pure.
 */

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

  /** By whose turn is first; `isServed`: somebody has all of it now. */
  sorted<T extends { readonly name: string }>(
    items: readonly T[],
    isServed: (name: string) => boolean,
  ): T[] {
    const ranked = items.map((item) => {
      const { times = 0, lastMs = 0 } = this.#failed.get(item.name) ?? {};
      return { item, rank: [isServed(item.name) ? 0 : 1, times, lastMs] as const };
    });
    ranked.sort(({ rank: a }, { rank: b }) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]);
    return ranked.map(({ item }) => item);
  }
}
