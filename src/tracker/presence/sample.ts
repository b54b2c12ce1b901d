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

/**
 * The same of what belongs to users, at most so many of each: device keys cost nothing, so that a
 * single user could fill every answer. `held` says how many of a user's are out already.
 */
export function sampleByUser<T extends { readonly userId: string }>(
  items: readonly T[],
  count: number,
  maxPerUser: number,
  random: () => number,
  held: ReadonlyMap<string, number> = new Map(),
): T[] {
  const drawn = new Map(held);
  const allowed = sample(items, items.length, random).filter(({ userId }) => {
    const number = (drawn.get(userId) ?? 0) + 1;
    drawn.set(userId, number);
    return number <= maxPerUser;
  });
  return allowed.slice(0, count);
}
