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
