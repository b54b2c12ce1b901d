/**
 * Which files of a group words mean: names, and patterns where no file has that very name. Pure.
 */
import { display } from '../../net/display.js';
import { TrackerError } from '../../net/errors.js';
import { nearestName } from '../../net/nearest-name.js';
import type { FileRow } from '../../net/tracker-api.js';
import { isPattern, patternMatcher } from './name-pattern.js';

export interface FileChoice {
  /** Each once, in the order of the group's list. */
  readonly chosen: readonly FileRow[];
  /** Words that mean no file. */
  readonly missing: readonly string[];
}

/** What these words mean among the files of a group. */
export function chooseFiles(files: readonly FileRow[], words: readonly string[]): FileChoice {
  const names = new Set(files.map(({ name }) => name));
  const wanted = new Set<string>();
  const missing: string[] = [];
  for (const word of new Set(words)) {
    const found = namesMeant(names, word);
    if (found.length === 0) missing.push(word);
    for (const name of found) wanted.add(name);
  }
  return { chosen: files.filter(({ name }) => wanted.has(name)), missing };
}

/** What a word means among these names: itself where it is one, else all that it matches as a pattern. */
export function namesMeant(names: ReadonlySet<string>, word: string): string[] {
  if (names.has(word)) return [word];
  if (!isPattern(word)) return [];
  const isMatch = patternMatcher(word);
  return [...names].filter(isMatch);
}

/** The error for a word that means no file; it names the nearest one. */
export function noFile(word: string, files: readonly FileRow[], groupId: string): TrackerError {
  const group = display(groupId);
  if (isPattern(word)) {
    return new TrackerError('NO_SUCH_FILE', `no file of ${group} matches "${display(word)}"`);
  }
  const near = nearestName(
    word,
    files.map(({ name }) => name),
  );
  const advice = near === undefined ? '' : `; did you mean "${display(near)}"?`;
  return new TrackerError('NO_SUCH_FILE', `no file "${display(word)}" in ${group}${advice}`);
}
