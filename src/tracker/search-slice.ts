/**
 * How many files one statement of a search looks at. Nothing interrupts a statement, and how long it takes
 * for each file depends on the names and the words: so a call begins with few, and goes by what the last
 * one took. Pure.
 */
import {
  FIRST_SEARCH_SLICE_FILES,
  MAX_SEARCH_SLICE_FILES,
  SEARCH_SLICE_GROWTH,
  SEARCH_TURN_MS,
} from '../net/limits.js';

export class SearchSlice {
  #files = FIRST_SEARCH_SLICE_FILES;

  /** For the next statement; at least one. */
  get files(): number {
    return this.#files;
  }

  /** A statement looked at so many files and took so long. */
  onSearched(files: number, ms: number): void {
    // An empty group says nothing of names.
    if (files === 0) return;
    const inTime = ms > 0 ? Math.floor((files * SEARCH_TURN_MS) / ms) : Infinity;
    const known = SEARCH_SLICE_GROWTH * Math.max(files, FIRST_SEARCH_SLICE_FILES);
    this.#files = Math.max(1, Math.min(inTime, known, MAX_SEARCH_SLICE_FILES));
  }
}
