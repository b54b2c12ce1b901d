/**
 * The form in which file names and the words of a search are compared: case, accents, width and what is
 * invisible make no difference. Pure. Never shown.
 */
import { plainForm } from './confusables.js';

const LOWER_ASCII = /^[ -@[-~]*$/;

/** The same for every way in which people write a text. */
export function searchForm(text: string): string {
  // Most names; there is nothing to take off.
  if (LOWER_ASCII.test(text)) return text;
  const letters = plainForm(text).normalize('NFKD').replace(/\p{M}/gu, '');
  // At the end of a word it is written otherwise, and a part of a word has another end.
  return letters.replaceAll('ς', 'σ');
}
