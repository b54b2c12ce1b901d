/**
 * Several transactions that reach the disk together: one transaction of the database with a savepoint for each but the
 * first, and one commit that is synced. A work that throws is undone alone. What others thwart is carried out again,
 * all that is not committed yet and in the same order, MAX_TRANSACTION_ATTEMPTS times at most, after a pause by chance, or
 * two that thwart each other would do so again; so a work may run more than once, and only what it did last counts. When the session is lost, nothing that was not committed is done.
 * Nobody waits for changes that answer nothing (behind.ts): when one of those fails, all are carried out again with each
 * waited for, so that it is undone alone. What fails first decides what becomes of a transaction, whoever asked for it.
 * A refusal may have had something in the same transaction for its reason: when that is undone the refusal is too.
 * Where others write too, a work that joins a transaction sees what was committed when that began, which may be before
 * the work was asked for. So a refusal is judged once more, by what is so after the commit: whoever was told by another
 * tracker that a group is there finds it here.
 *
 * The database itself sees to it that each of them judges what holds when it is committed (SERIALIZABLE): nothing that
 * only this process knows is needed for that.
 */
import { randomUUID } from 'node:crypto';
import { setTimeout as timer } from 'node:timers/promises';
import { CONFLICT_PAUSE_MS, MAX_TRANSACTION_ATTEMPTS } from '../../../net/limits.js';
import type { Published } from '../shared-store.js';
import type { StoreWork } from '../store.js';
import type { CommitFate } from './commit-fate.js';
import type { Connection } from './connection.js';
import { FateUnknown, faultOf } from './faults.js';
import { CommitLost, FailedBehind, Run, type End } from './transaction-run.js';

/** Works of one transaction, in order, and how each of them ended so far. */
interface Batch {
  readonly works: StoreWork<unknown>[];
  ends: End[];
}

/** Writes what others are told, at the end of a transaction. */
export type WriteOutbox = (
  connection: Connection,
  entries: readonly string[],
) => Promise<Published>;

export interface TransactionGroupOptions {
  /** Gives the sessions, and knows what became of the commits in them. */
  readonly fate: CommitFate;
  /** @default there are no others */
  readonly writeOutbox?: WriteOutbox | undefined;
  /** Hears where that is found, once it is committed; `unknown`: nobody knows where. @default nobody */
  readonly onPublished?: ((published: Published | 'unknown') => void) | undefined;
  /** @default a timer */
  readonly rest?: (ms: number) => Promise<void>;
  /** From 0 to below 1. @default that of the process */
  readonly random?: () => number;
}

export class TransactionGroup {
  readonly #options: TransactionGroupOptions;
  readonly #fate: CommitFate;

  constructor(options: TransactionGroupOptions) {
    this.#options = options;
    this.#fate = options.fate;
  }

  /** How each of them ended, in their order; never rejects because one of them did. */
  carryOut(
    works: Iterable<StoreWork<unknown>> | AsyncIterable<StoreWork<unknown>>,
  ): Promise<End[]> {
    return this.#carryOut(works, this.#options.writeOutbox !== undefined);
  }

  async #carryOut(
    works: Iterable<StoreWork<unknown>> | AsyncIterable<StoreWork<unknown>>,
    mayBeOutdated: boolean,
  ): Promise<End[]> {
    const ends: End[] = [];
    let open: { readonly batch: Batch; readonly run: Run } | undefined;
    for await (const work of works) {
      let run = open?.run;
      const batch: Batch = open?.batch ?? { works: [], ends: [] };
      batch.works.push(work);
      try {
        run ??= new Run(await this.#fate.session());
        batch.ends.push(await run.add(work));
        if (run.isEmpty) {
          ends.push(...batch.ends);
          open = undefined;
        } else open = { batch, run };
      } catch (error) {
        ends.push(...(await this.#recover(batch.works, run, error)));
        open = undefined;
      }
    }
    if (open) ends.push(...(await this.#finish(open.batch, open.run, mayBeOutdated)));
    return ends;
  }

  async #finish(batch: Batch, run: Run, mayBeOutdated: boolean): Promise<End[]> {
    let ends: End[];
    try {
      ends = await this.#commit(batch, run);
    } catch (error) {
      return this.#recover(batch.works, run, error);
    }
    return mayBeOutdated ? this.#judgeAgain(batch.works, ends) : ends;
  }

  /** Carries out once more what was refused; where nothing comes of that, it was refused. */
  async #judgeAgain(works: readonly StoreWork<unknown>[], ends: readonly End[]): Promise<End[]> {
    const refused = works.filter((_, index) => ends[index]?.status === 'rejected');
    const again = await this.#carryOut(refused, false);
    return ends.map((end) => {
      if (end.status === 'fulfilled') return end;
      const last = again.shift()!;
      return isUndone(last) ? end : last;
    });
  }

  /** Nothing of these is committed, as far as anybody knows; has them done again where that may help. */
  async #recover(
    works: StoreWork<unknown>[],
    lost: Run | undefined,
    reason: unknown,
  ): Promise<End[]> {
    let last = reason;
    let isCareful = false;
    await lost?.rollback();
    for (let attempt = 2; attempt <= MAX_TRANSACTION_ATTEMPTS; attempt++) {
      if (last instanceof FailedBehind) isCareful = true;
      else if (faultOf(last) !== 'conflict') break;
      else await this.#pauseBefore(attempt);
      let run: Run | undefined;
      try {
        run = new Run(await this.#fate.session(), isCareful);
        const again: Batch = { works, ends: [] };
        for (const work of works) again.ends.push(await run.add(work));
        return run.isEmpty ? again.ends : await this.#commit(again, run);
      } catch (error) {
        last = error;
        await run?.rollback();
      }
    }
    // The first one was carried out, or has failed so: all others were judged by what is undone now.
    const why = last instanceof FailedBehind ? last.cause : last;
    return works.map(() => ({ status: 'rejected', reason: why }));
  }

  /** The second attempt follows soon; whoever is thwarted again and again waits for longer. */
  #pauseBefore(attempt: number): Promise<void> {
    const { rest = timer, random = Math.random } = this.#options;
    return rest(random() * CONFLICT_PAUSE_MS * (attempt - 1));
  }

  /** @throws FateUnknown, and what says that nothing of it is committed */
  async #commit({ ends }: Batch, run: Run): Promise<End[]> {
    const mark = randomUUID();
    const { writeOutbox, onPublished } = this.#options;
    const entries = run.published;
    const tells = entries.length > 0 && writeOutbox !== undefined;
    let published: Published | 'unknown' = 'unknown';
    try {
      await run.commit(async (connection) => {
        const marked = this.#fate.leave(connection, mark);
        const written = tells ? writeOutbox(connection, entries) : published;
        [published] = await Promise.all([written, marked]);
      });
    } catch (error) {
      if (!(error instanceof CommitLost)) throw error;
      const fate = await this.#fate.of(mark);
      if (fate === 'unknown') throw new FateUnknown(error.cause);
      if (fate === 'undone') throw error.cause;
    }
    if (tells) onPublished?.(published);
    return ends;
  }
}

/** The session was away, or others were in the way: nothing of it is done, and nothing was judged. */
function isUndone(end: End): boolean {
  return end.status === 'rejected' && ['away', 'conflict'].includes(faultOf(end.reason));
}
