/** Rows as a table for people: straight columns, no wider than the terminal. */
import { displayWidth, padToWidth, shortenToWidth } from './display-width.js';
import { formatBytes } from './quantities.js';
import { shownLine } from './shown-line.js';

/** A column of a table is not made narrower than this. */
const LEAST_NAME_CELLS = 16;

/** A column of a list. */
export interface Column {
  readonly name: string;
  /** `bytes` is for people on a terminal and a plain number elsewhere. @default 'text' */
  readonly kind?: 'text' | 'bytes';
  /** Left out in a pipe, where rows have the form that scripts know. */
  readonly isFurther?: true;
  /** Nothing but JSON has it: it is too long for a table. */
  readonly isForJson?: true;
}

export type Cell = string | number;

/** The header and a line for each row; `terminalWidth` in cells, where it is known. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  terminalWidth: number | undefined,
): string[] {
  const header = columns.map(({ name }) => name.toUpperCase());
  const cells = rows.map((row) => columns.map((column, index) => shown(column, row[index] ?? '')));
  const wanted = header.map((name, index) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[index]!)), name.length),
  );
  const widths = fittingWidths(wanted, terminalWidth);
  return [header, ...cells].map((row) => tableLine(columns, row, widths));
}

/** The widest column gives way, as far as a name can still be told from others. */
function fittingWidths(wanted: readonly number[], terminalWidth: number | undefined): number[] {
  const widths = [...wanted];
  if (terminalWidth === undefined || terminalWidth === 0) return widths;
  const widest = widths.indexOf(Math.max(...widths));
  const all = widths.reduce((sum, width) => sum + width, 2 * (widths.length - 1));
  const least = Math.min(widths[widest]!, LEAST_NAME_CELLS);
  widths[widest] = Math.max(least, widths[widest]! - Math.max(0, all - terminalWidth));
  return widths;
}

function tableLine(columns: readonly Column[], row: string[], widths: number[]): string {
  const padded = row.map((cell, index) => {
    const side = columns[index]!.kind === 'bytes' ? 'before' : 'after';
    return padToWidth(shortenToWidth(cell, widths[index]!), widths[index]!, side);
  });
  return padded.join('  ').trimEnd();
}

function shown(column: Column, cell: Cell): string {
  return column.kind === 'bytes' ? formatBytes(Number(cell)) : shownLine(String(cell));
}
