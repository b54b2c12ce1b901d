/**
 * A text as a QR code, of cells or of characters. What is light in the latter is drawn, as on a terminal with dark
 * ground, in half blocks, so that a line of text is two rows of the code. The only importer of uqr, which is loaded
 * when a code is wanted.
 */
import { encode } from 'uqr';
import type { Drawing } from './output.js';

/** Rows and columns of light around the code: without them readers do not find it. */
const BORDER = 2;

/** Rows of a code; true is dark. */
export function qrCells(text: string): boolean[][] {
  return encode(text, { ecc: 'L', border: BORDER }).data;
}

/** The code of a text, for below a result. */
export function qrDrawing(text: string): Drawing {
  const rows = qrLines(text);
  const columns = rows[0]?.length ?? 0;
  const tooWide = `the QR code takes ${columns} columns, and this terminal has fewer: make it wider, or its letters smaller`;
  return { rows, tooWide };
}

/** The lines that show a text; each has as many characters as the code has columns. */
export function qrLines(text: string): string[] {
  const data = qrCells(text);
  const lines: string[] = [];
  for (let row = 0; row < data.length; row += 2) {
    const [upper = [], lower = []] = data.slice(row, row + 2);
    // Below the last row there is nothing, which is dark.
    lines.push(upper.map((isDark, column) => halves(isDark, lower[column] ?? true)).join(''));
  }
  return lines;
}

function halves(isUpperDark: boolean, isLowerDark: boolean): string {
  if (isUpperDark) return isLowerDark ? ' ' : '▄';
  return isLowerDark ? '▀' : '█';
}
