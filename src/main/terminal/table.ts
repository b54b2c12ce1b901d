/** Rows as a table for people: straight columns, no wider than the terminal. */
import { displayWidth, padToWidth, shortenToWidth } from './display-width.js';
import { formatBytes, formatRate } from './quantities.js';
import { shownLine } from './shown-line.js';

/** A column of a table is not made narrower than this as long as there is another way. */
const LEAST_NAME_CELLS = 16;
/** And never narrower than this: a size stays whole. */
const LEAST_CELLS = 10;
const GAP = '  ';

/** A column of a list. */
export interface Column {
  readonly name: string;
  /** `bytes`, and `rate` for bytes a second, are for people on a terminal and a plain number elsewhere. @default 'text' */
  readonly kind?: 'text' | 'bytes' | 'rate';
  /** Left out in a pipe, where rows have the form that scripts know. */
  readonly isFurther?: true;
  /** Left out where a terminal has no room for all, the lowest first; one without it stays. */
  readonly spare?: number;
  /** Shortened only once nothing else can give way: a word of it tells little. @default false */
  readonly isWhole?: true;
}

export type Cell = string | number;

/** The header and a line for each row; `terminalWidth` in cells, where it is known. */
export function tableLines(
  columns: readonly Column[],
  rows: readonly (readonly Cell[])[],
  terminalWidth = 0,
): string[] {
  const header = columns.map(({ name }) => name.toUpperCase());
  const cells = rows.map((row) => columns.map((column, index) => shown(column, row[index] ?? '')));
  const wanted = header.map((name, index) =>
    cells.reduce((width, row) => Math.max(width, displayWidth(row[index]!)), name.length),
  );
  const room = terminalWidth === 0 ? Infinity : terminalWidth;
  const places = placesWithRoom(columns, wanted, room);
  const widths = fittingWidths(of(columns, places), of(wanted, places), room);
  return [header, ...cells].map((row) => tableLine(of(columns, places), of(row, places), widths));
}

function of<T>(row: readonly T[], places: readonly number[]): T[] {
  return places.map((place) => row[place]!);
}

/** Where the table would be wider than the terminal however narrow its names are, spare columns go, and the last further ones. */
function placesWithRoom(
  columns: readonly Column[],
  wanted: readonly number[],
  room: number,
): number[] {
  const places = columns.map((_, index) => index);
  const leave = (which: (left: readonly number[]) => number | undefined, cells: number): void => {
    const least = wanted.map((width, place) =>
      columns[place]!.isWhole ? width : Math.min(width, cells),
    );
    while (total(of(least, places)) > room) {
      const place = which(places);
      if (place === undefined) break;
      places.splice(places.indexOf(place), 1);
    }
  };
  leave((left) => leastOf(left, (place) => columns[place]!.spare), LEAST_CELLS);
  leave((left) => left.findLast((place) => columns[place]!.isFurther), LEAST_NAME_CELLS);
  return places;
}

/** The one with the lowest rank of those that have one. */
function leastOf(
  places: readonly number[],
  rankOf: (place: number) => number | undefined,
): number | undefined {
  const ranked = places.filter((place) => rankOf(place) !== undefined);
  return ranked.toSorted((one, other) => rankOf(one)! - rankOf(other)!).at(0);
}

/**
 * The widest column gives way, as far as a name can still be told from others; of several wide ones each, the last first.
 * Those that stay whole are the last to do so.
 */
function fittingWidths(
  columns: readonly Column[],
  wanted: readonly number[],
  room: number,
): number[] {
  const widths = [...wanted];
  const places = [...widths.keys()];
  const giving = places.filter((place) => !columns[place]!.isWhole);
  for (const some of [giving, places])
    for (const least of [LEAST_NAME_CELLS, LEAST_CELLS]) {
      while (total(widths) > room) {
        const widest = Math.max(...of(widths, some));
        if (widest <= least) break;
        const last = some.findLast((place) => widths[place] === widest)!;
        widths[last] = widest - 1;
      }
    }
  return widths;
}

function total(widths: readonly number[]): number {
  return widths.reduce((sum, width) => sum + width, GAP.length * (widths.length - 1));
}

function tableLine(
  columns: readonly Column[],
  row: readonly string[],
  widths: readonly number[],
): string {
  const padded = row.map((cell, index) => {
    const side = (columns[index]!.kind ?? 'text') === 'text' ? 'after' : 'before';
    return padToWidth(shortenToWidth(cell, widths[index]!), widths[index]!, side);
  });
  return padded.join(GAP).trimEnd();
}

function shown(column: Column, cell: Cell): string {
  switch (column.kind) {
    case 'bytes':
      return formatBytes(Number(cell));
    case 'rate':
      return formatRate(Number(cell));
    default:
      return shownLine(String(cell));
  }
}
