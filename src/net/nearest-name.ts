/** Which name somebody meant who typed another one. Pure. */

/** The work grows with the square of it, and nobody mistypes more. */
const MAX_WORD_LENGTH = 64;

/** The name that takes the fewest changes, if they are few for its length. */
export function nearestName(word: string, names: Iterable<string>): string | undefined {
  let nearest: string | undefined;
  let fewest = Math.max(1, Math.floor(word.length / 3)) + 1;
  for (const name of names) {
    const count =
      word.length > MAX_WORD_LENGTH ? Infinity : changesBetween(folded(word), folded(name));
    if (count < fewest) [nearest, fewest] = [name, count];
  }
  return nearest;
}

/** Capitals and accents are slips that count nothing. */
function folded(text: string): string {
  return text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();
}

/** Letters added, left out, mistaken or swapped with the next one (optimal string alignment). */
function changesBetween(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const replaced = row[j - 1]! + (a[i - 1] === b[j - 1] ? 0 : 1);
      const isSwapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const swapped = isSwapped ? before[j - 2]! + 1 : Infinity;
      next.push(Math.min(replaced, row[j]! + 1, next[j - 1]! + 1, swapped));
    }
    [before, row] = [row, next];
  }
  return row[b.length]!;
}
