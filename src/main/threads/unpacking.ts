/** Making the files of a downloaded folder, by all transfer threads. Main never sees a byte of them. */
import type { FolderChoice } from '../../net/folder-choice.js';
import type { FolderTable } from '../../net/folder-table.js';
import type { FolderLayout } from '../../net/folder-layout.js';
import { ENTRIES_PER_UNPACK_RUN } from '../../net/limits.js';
import type { EntryFacts } from '../../workers/messages.js';
import type { UnpackJob } from '../disk/part-folder.js';
import type { TransferPool } from './transfer-pool.js';

export class Unpacking {
  readonly #pool: () => Pick<TransferPool, 'unpack' | 'threadCount'>;

  /** `pool` starts the threads when it is first called. */
  constructor(pool: () => Pick<TransferPool, 'unpack' | 'threadCount'>) {
    this.#pool = pool;
  }

  /**
   * Makes all entries; answers what became of each, see `ENTRY_OUTCOMES`.
   * @throws StorageError, CancelledError
   */
  async unpack(job: UnpackJob): Promise<Uint8Array> {
    const { content, table, choice, isCompleting, isSynced, signal } = job;
    const pool = this.#pool();
    const facts = factsOf(table, content.layout, choice);
    const outcomes = new Uint8Array(new SharedArrayBuffer(table.length));
    const task = { content, facts, isCompleting, isSynced, outcomes };
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < table.length) {
        const firstEntry = next;
        const entryCount = Math.min(ENTRIES_PER_UNPACK_RUN, table.length - firstEntry);
        next += entryCount;
        await pool.unpack({ ...task, firstEntry, entryCount }, signal);
      }
    };
    // All must have settled before the caller may close the pack.
    const settled = await Promise.allSettled(Array.from({ length: pool.threadCount }, work));
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    return outcomes;
  }
}

function factsOf(
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
