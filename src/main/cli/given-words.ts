/** What was given to a command, as words of a command line again: for another process that does the work. Pure. */
import type { Loudness } from '../terminal/output.js';
import type { Given } from './command.js';

/** Its options, but for those that are named. */
export function wordsOf({ options, lists }: Given, without: readonly string[] = []): string[] {
  const single = Object.entries(options).flatMap(([name, value]) => {
    if (without.includes(name) || value === false) return [];
    return value === true ? [`--${name}`] : [`--${name}=${value}`];
  });
  const repeated = Object.entries(lists ?? {}).flatMap(([name, values]) =>
    values.map((value) => `--${name}=${value}`),
  );
  return [...single, ...repeated];
}

/** How loud it is to be, where that is not as usual. */
export function loudnessWords(loudness: Loudness): string[] {
  return loudness === 'usual' ? [] : [`--${loudness}`];
}
