/** What a part of the machine can do is its best of a few passes: the first ones are often cold. */

const PASS_COUNT = 3;

/** The highest of a few measurements of the same thing. */
export async function bestOf(measure: () => Promise<number>): Promise<number> {
  let best = 0;
  for (let pass = 0; pass < PASS_COUNT; pass++) best = Math.max(best, await measure());
  return best;
}
