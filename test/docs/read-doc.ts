/** Reads the pages that the documentation tests hold against the code. */
import { readFileSync } from 'node:fs';

/** The text of a file, by its path from the top of the repository. */
export function readDoc(path: string): string {
  return readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
}

/** The cells of each table row of a page that begins with a word in backticks, by that word. */
export function rowsByCode(page: string): Map<string, readonly string[]> {
  const rows = new Map<string, readonly string[]>();
  for (const line of page.split('\n')) {
    const cells = line.split('|').map((cell) => cell.trim());
    const [, code] = /^`([^`]+)`$/.exec(cells[1] ?? '') ?? [];
    if (code !== undefined) rows.set(code, cells.slice(2, -1));
  }
  return rows;
}
