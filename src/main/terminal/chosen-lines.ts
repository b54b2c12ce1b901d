/** A table of which one row is chosen, cut to what the screen holds: the chosen row and the last line always stay. Pure. */

/** What stands around the rows of a table in which somebody chooses. */
export interface Choosing {
  /** Of the rows, from 0; none where there is none. */
  readonly chosen: number | undefined;
  /** What the keys do, or what is asked. */
  readonly foot: string;
}

/** Cells that stand before each line. */
export const MARK_CELLS = 2;

/** `table` is its header and then its rows; at most `room` lines come of it. */
export function chosenLines(
  [header = '', ...rows]: readonly string[],
  { chosen, foot }: Choosing,
  room: number,
): string[] {
  const space = Math.max(1, room - 2);
  const last = Math.max(0, rows.length - space);
  const from = Math.min(last, Math.max(0, (chosen ?? 0) - Math.floor(space / 2)));
  const shown = rows.map((line, index) => `${index === chosen ? '>' : ' '} ${line}`);
  const isCut = rows.length > space && chosen !== undefined;
  return [
    ...(room > 2 ? [`  ${header}`] : []),
    ...shown.slice(from, from + space),
    isCut ? `${chosen + 1} of ${rows.length}; ${foot}` : foot,
  ].slice(0, Math.max(0, room));
}
