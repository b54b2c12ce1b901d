/** What threads need to make the entries of a folder, in shared memory: one copy, whatever runs. */
import type { FolderChoice } from '../../net/folder-choice.js';
import type { FolderLayout } from '../../net/folder-layout.js';
import type { FolderTable } from '../../net/folder-table.js';
import type { EntryFacts } from '../../workers/messages/unpacking.js';

export function entryFactsOf(
  table: FolderTable,
  { entries, starts }: FolderLayout,
  choice: FolderChoice | undefined,
): EntryFacts {
  const numbers = (): Float64Array => new Float64Array(new SharedArrayBuffer(8 * table.length));
  const flags = (): Uint8Array => new Uint8Array(new SharedArrayBuffer(table.length));
  const facts = {
    ...{ isFolder: flags(), isLeftOut: flags(), isExecutable: flags() },
    ...{ mtimesMs: numbers(), sizes: numbers(), starts: numbers() },
  };
  for (const [index, entry] of table.entries()) {
    facts.isFolder[index] = entry.kind === 'empty-folder' ? 1 : 0;
    facts.isLeftOut[index] = choice && !choice.has(index) ? 1 : 0;
    facts.isExecutable[index] = entry.isExecutable ? 1 : 0;
    facts.mtimesMs[index] = entry.mtimeMs;
    facts.sizes[index] = entry.size;
  }
  for (const [place, entry] of entries.entries()) facts.starts[entry] = starts[place]!;
  return facts;
}
