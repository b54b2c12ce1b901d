/**
 * How many cells of a terminal a text takes: two for most of Chinese, Japanese and Korean and
 * for emoji, none for a mark that joins the letter before it. The only importer of
 * string-width, whose loading takes 30 ms; the bundle puts that off until a text needs it.
 */
import stringWidth from 'string-width';

/** Of these each takes one cell. */
const plain = /^[\x20-\x7e]*$/;

/** Cells of a line that has passed `display`. */
export function displayWidth(text: string): number {
  return plain.test(text) ? text.length : stringWidth(text, { countAnsiEscapeCodes: true });
}

/** The text with blanks after it (or before it) up to that many cells; never cut. */
export function padToWidth(
  text: string,
  cells: number,
  side: 'after' | 'before' = 'after',
): string {
  const blanks = ' '.repeat(Math.max(0, cells - displayWidth(text)));
  return side === 'after' ? text + blanks : blanks + text;
}

/** As much of the text as fits into that many cells; what is one character stays whole. */
export function cutToWidth(text: string, cells: number): string {
  if (plain.test(text)) return text.slice(0, Math.max(0, cells));
  let cut = '';
  let left = cells;
  for (const { segment } of new Intl.Segmenter().segment(text)) {
    left -= displayWidth(segment);
    if (left < 0) break;
    cut += segment;
  }
  return cut;
}

/** A text in at most so many cells: begin and end, which tell one name from another, with `…` between. */
export function shortenToWidth(text: string, cells: number): string {
  if (displayWidth(text) <= cells) return text;
  if (cells <= 1) return cells === 1 ? '…' : '';
  const begin = cutToWidth(text, Math.ceil((cells - 1) / 2));
  const left = cells - 1 - displayWidth(begin);
  return `${begin}…${endOf(text, left)}`;
}

/** As much of the end as fits into that many cells. */
function endOf(text: string, cells: number): string {
  let end = '';
  let left = cells;
  for (const { segment } of [...new Intl.Segmenter().segment(text)].reverse()) {
    left -= displayWidth(segment);
    if (left < 0) break;
    end = segment + end;
  }
  return end;
}
