/** What was given to a command, as words of a command line again: for another process that does the work. Pure. */
import type { Loudness } from '../terminal/output.js';
import { isTyped, type Given } from './command.js';

/** Its options, but for those that are named, and those that the other process finds in the files of settings itself. */
export function wordsOf(given: Given, without: readonly string[] = []): string[] {
  const { options, lists = {} } = given;
  const isWanted = (name: string): boolean => !without.includes(name) && isTyped(given, name);
  const single = Object.entries(options).flatMap(([name, value]) => {
    if (!isWanted(name)) return [];
    return value === true ? [`--${name}`] : [`--${name}=${value}`];
  });
  const repeated = Object.entries(lists).flatMap(([name, values]) =>
    isWanted(name) ? values.map((value) => `--${name}=${value}`) : [],
  );
  return [...single, ...repeated];
}

/** How loud it is to be, where that is not as usual. */
export function loudnessWords(loudness: Loudness): string[] {
  return loudness === 'usual' ? [] : [`--${loudness}`];
}
