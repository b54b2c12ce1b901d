/** Drawing without repetition. Pure; randomness is handed in. */

/** Up to `count` items in random order (the start of a Fisher–Yates shuffle). */
export function sample<T>(items: readonly T[], count: number, random: () => number): T[] {
  const drawn = [...items];
  const size = Math.min(count, drawn.length);
  for (let index = 0; index < size; index++) {
    const other = index + Math.floor(random() * (drawn.length - index));
    [drawn[index], drawn[other]] = [drawn[other] as T, drawn[index] as T];
  }
  return drawn.slice(0, size);
}

/** A peer as far as drawing concerns it. */
interface Drawable {
  readonly userId: string;
  /** It has the whole file. */
  readonly complete: boolean;
}

/**
 * The same of peers, at most so many of each user: device keys cost nothing, so that a single user
 * could fill every answer. Who has the whole file comes first in half of the places: a crowd of
 * others must not crowd them out. `held` says how many of a user's are out already.
 */
export function sampleByUser<T extends Drawable>(
  items: readonly T[],
  count: number,
  maxPerUser: number,
  random: () => number,
  held: ReadonlyMap<string, number> = new Map(),
): T[] {
  const taken = new Map(held);
  const drawn = new Set<T>();
  const shuffled = sample(items, items.length, random);
  const take = (from: readonly T[], most: number): void => {
    for (const item of from) {
      if (drawn.size >= most) return;
      const number = (taken.get(item.userId) ?? 0) + 1;
      if (number > maxPerUser || drawn.has(item)) continue;
      taken.set(item.userId, number);
      drawn.add(item);
    }
  };
  const whole = shuffled.filter(({ complete }) => complete);
  take(whole, Math.ceil(count / 2));
  take(shuffled, count);
  return [...drawn];
}
