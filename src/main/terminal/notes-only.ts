/** An output of which only remarks and progress are heard: for a command within another one. */
import type { Output } from './output.js';

type NotesOutput = Pick<Output, 'hears' | 'note' | 'failure' | 'event' | 'progress'>;

/** What the command has as its result is a remark, too. */
export function notesOnly(out: NotesOutput): Output {
  return {
    ...(out.hears && { hears: out.hears }),
    list: () => undefined,
    overview: () => undefined,
    live: () => false,
    pages: () => Promise.resolve(),
    records: () => undefined,
    result: (_, lines) => lines.forEach((line) => out.note(line)),
    ready: (_, lines) => lines.forEach((line) => out.note(line)),
    note: (line) => out.note(line),
    failure: (line) => out.failure(line),
    event: (event) => out.event(event),
    progress: (view) => out.progress(view),
  };
}
