/** What is shown when: screens at moments become lines that are there from one moment to another. Pure. */

/** All panes at a moment, each with the lines in its window. */
export interface Frame {
  readonly atMs: number;
  readonly panes: readonly (readonly string[])[];
}

/** A line of a pane that does not change for a while. */
export interface ShownLine {
  readonly pane: number;
  readonly row: number;
  readonly text: string;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Frames in the order of time, until `endMs`; empty lines are nothing. */
export function shownLines(frames: readonly Frame[], endMs: number): ShownLine[] {
  const shown: ShownLine[] = [];
  const open = new Map<string, { text: string; fromMs: number }>();
  const close = (key: string, toMs: number): void => {
    const [pane, row] = key.split(' ').map(Number);
    const { text, fromMs } = open.get(key)!;
    open.delete(key);
    if (text !== '' && toMs > fromMs) shown.push({ pane: pane!, row: row!, text, fromMs, toMs });
  };
  for (const { atMs, panes } of frames) {
    for (const [pane, lines] of panes.entries()) {
      for (const [row, text] of lines.entries()) {
        const key = `${pane} ${row}`;
        if (open.get(key)?.text === text) continue;
        if (open.has(key)) close(key, atMs);
        open.set(key, { text, fromMs: atMs });
      }
    }
  }
  for (const key of [...open.keys()]) close(key, endMs);
  return shown;
}

/** At most one frame in each `intervalMs`, the last of it; a picture has to be small. */
export function thinned(frames: readonly Frame[], intervalMs: number): Frame[] {
  const slot = ({ atMs }: Frame): number => Math.floor(atMs / intervalMs);
  return frames
    .filter((frame, index) => {
      const next = frames[index + 1];
      return next === undefined || slot(next) !== slot(frame);
    })
    .map((frame) => ({ ...frame, atMs: slot(frame) * intervalMs }));
}
