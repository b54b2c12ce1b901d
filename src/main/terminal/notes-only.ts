/** An output of which only remarks and progress are heard: for a command within another one. */
import type { Output } from './output.js';

/** What the command has as its result is a remark, too. */
export function notesOnly(out: Pick<Output, 'note' | 'progress'>): Output {
  return {
    list: () => undefined,
    overview: () => undefined,
    live: () => false,
    pages: () => Promise.resolve(),
    records: () => undefined,
    result: (_, lines) => lines.forEach((line) => out.note(line)),
    ready: (_, lines) => lines.forEach((line) => out.note(line)),
    note: (line) => out.note(line),
    progress: (view) => out.progress(view),
  };
}
