/**
 * What may be searched for: the words, and the ending of a name. Checked by the client before it asks and by
 * the tracker at its door.
 */
import { UsageError } from './errors.js';
import { MAX_ENDING_BYTES, MAX_NAME_BYTES, MAX_SEARCH_BYTES, MAX_SEARCH_WORDS } from './limits.js';
import { searchForm } from './search-form.js';

/** @throws UsageError when nobody can search for these. */
export function checkSearchWords(words: readonly string[]): readonly string[] {
  if (words.length > MAX_SEARCH_WORDS) {
    throw new UsageError(`these are too many words; search for ${MAX_SEARCH_WORDS} at most`);
  }
  for (const word of words) checkWord(word);
  const bytes = words.reduce((sum, word) => sum + Buffer.byteLength(word), 0);
  if (bytes <= MAX_SEARCH_BYTES) return words;
  throw new UsageError(
    `your words have ${bytes} bytes together, and a search takes ${MAX_SEARCH_BYTES}; leave some out`,
  );
}

/** True for what the name of a file may end with, behind its last dot. */
export function isEnding(ending: string): boolean {
  return Buffer.byteLength(ending) <= MAX_ENDING_BYTES && searchForm(ending) !== '';
}

function checkWord(word: string): void {
  if (word === '') throw new UsageError('a word is empty; write what the name has');
  if (Buffer.byteLength(word) > MAX_NAME_BYTES) {
    throw new UsageError(`no name is longer than ${MAX_NAME_BYTES} bytes, and a word of yours is`);
  }
  // It would be in every name.
  if (searchForm(word) !== '') return;
  throw new UsageError(
    'a word has only accents or invisible characters, which a search passes over; write what the name has',
  );
}
