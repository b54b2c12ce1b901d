/** Making the files of a downloaded folder, by all transfer threads. Main never sees a byte of them. */
import { newFolderStamps } from '../../net/folder-stamps.js';
import { ENTRIES_PER_UNPACK_RUN, UNPACK_RUNS_PER_THREAD } from '../../net/limits.js';
import type { UnpackedEntries, UnpackJob } from '../disk/part-folder.js';
import { entryFactsOf } from './entry-facts.js';
import type { TransferPool } from './transfer-pool.js';

export class Unpacking {
  readonly #pool: () => Pick<TransferPool, 'unpack' | 'threadCount'>;

  /** `pool` starts the threads when it is first called. */
  constructor(pool: () => Pick<TransferPool, 'unpack' | 'threadCount'>) {
    this.#pool = pool;
  }

  /** Makes all entries, or those that are chosen. @throws StorageError, CancelledError */
  async unpack(job: UnpackJob): Promise<UnpackedEntries> {
    const { content, table, choice, isCompleting, isSynced, signal } = job;
    const pool = this.#pool();
    const facts = entryFactsOf(table, content.layout, choice);
    const outcomes = new Uint8Array(new SharedArrayBuffer(table.length));
    const stamps = newFolderStamps(table.length);
    const task = { content, facts, isCompleting, isSynced, outcomes, stamps };
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < table.length) {
        const firstEntry = next;
        const entryCount = Math.min(ENTRIES_PER_UNPACK_RUN, table.length - firstEntry);
        next += entryCount;
        await pool.unpack({ ...task, firstEntry, entryCount }, signal);
      }
    };
    const workers = Array.from({ length: UNPACK_RUNS_PER_THREAD * pool.threadCount }, work);
    // All must have settled before the caller may close the pack.
    const settled = await Promise.allSettled(workers);
    for (const one of settled) if (one.status === 'rejected') throw one.reason;
    return { outcomes, stamps };
  }
}
