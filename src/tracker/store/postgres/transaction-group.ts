/**
 * Several transactions that reach the disk together: one transaction of the database with a savepoint for each but the
 * first, and one commit that is synced. A work that throws is undone alone. What others thwart is carried out again,
 * all that is not committed yet and in the same order, MAX_TRANSACTION_ATTEMPTS times at most; so a work may run more
 * than once, and only what it did last counts. When the session is lost, nothing that was not committed is done.
 *
 * The database itself sees to it that each of them judges what holds when it is committed (SERIALIZABLE): nothing that
 * only this process knows is needed for that.
 */
import { MAX_TRANSACTION_ATTEMPTS } from '../../../net/limits.js';
import type { StoreWork } from '../store.js';
import type { CommitFate, Fate } from './commit-fate.js';
import { faultOf } from './faults.js';
import type { WorkSession } from './link.js';

type End = PromiseSettledResult<unknown>;

/** Works of one transaction, in order, and how each of them ended so far. */
interface Batch {
  readonly works: StoreWork<unknown>[];
  ends: End[];
}

export interface TransactionGroupOptions {
  /** The session in which the next transaction begins. @throws when there is none */
  readonly session: () => Promise<WorkSession>;
  readonly fate: Pick<CommitFate, 'of'>;
}

const BEGIN = 'BEGIN ISOLATION LEVEL SERIALIZABLE';

export class TransactionGroup {
  readonly #options: TransactionGroupOptions;

  constructor(options: TransactionGroupOptions) {
    this.#options = options;
  }

  /** How each of them ended, in their order; never rejects because one of them did. */
  async carryOut(
    works: Iterable<StoreWork<unknown>> | AsyncIterable<StoreWork<unknown>>,
  ): Promise<End[]> {
    const ends: End[] = [];
    let open: { readonly batch: Batch; readonly run: Run } | undefined;
    for await (const work of works) {
      let run = open?.run;
      const batch: Batch = open?.batch ?? { works: [], ends: [] };
      batch.works.push(work);
      try {
        run ??= new Run(await this.#options.session());
        batch.ends.push(await run.add(work));
        if (run.isEmpty) {
          ends.push(...batch.ends);
          open = undefined;
        } else open = { batch, run };
      } catch (error) {
        ends.push(...(await this.#recover(batch, run, error)));
        open = undefined;
      }
    }
    if (open) ends.push(...(await this.#finish(open.batch, open.run)));
    return ends;
  }

  async #finish(batch: Batch, run: Run): Promise<End[]> {
    try {
      return await this.#commit(batch, run);
    } catch (error) {
      return this.#recover(batch, run, error);
    }
  }

  /** Nothing of a batch is committed; has it done again where that may help. */
  async #recover({ works, ends }: Batch, lost: Run | undefined, reason: unknown): Promise<End[]> {
    let last = reason;
    await lost?.rollback();
    for (let attempt = 2; attempt <= MAX_TRANSACTION_ATTEMPTS; attempt++) {
      if (faultOf(last) !== 'conflict') break;
      let run: Run | undefined;
      try {
        run = new Run(await this.#options.session());
        const again: Batch = { works, ends: [] };
        for (const work of works) again.ends.push(await run.add(work));
        return run.isEmpty ? again.ends : await this.#commit(again, run);
      } catch (error) {
        last = error;
        await run?.rollback();
      }
    }
    // Who was refused before stays refused for that reason.
    return works.map((_, index) => {
      const end = ends[index];
      return end?.status === 'rejected' ? end : { status: 'rejected', reason: last };
    });
  }

  /** @throws what says that nothing of it is committed */
  async #commit({ ends }: Batch, run: Run): Promise<End[]> {
    const id = await run.transactionId();
    try {
      await run.commit();
    } catch (error) {
      if (faultOf(error) !== 'away' || id === undefined) throw error;
      const fate: Fate = await this.#options.fate.of(id);
      if (fate !== 'committed') throw error;
    }
    return ends;
  }
}

/** One transaction of the database. */
class Run {
  readonly #session: WorkSession;
  #isBegun = false;
  /** What failed of what was sent without waiting for it. */
  #failed: { readonly reason: unknown } | undefined;

  constructor(session: WorkSession) {
    this.#session = session;
  }

  /** Nothing is in it that could be committed. */
  get isEmpty(): boolean {
    return !this.#isBegun;
  }

  /**
   * Carries one more work out. One that throws is undone alone.
   * @throws what undoes the whole transaction: others were in the way, or the session is lost
   */
  async add(work: StoreWork<unknown>): Promise<End> {
    const isFirst = !this.#isBegun;
    this.#isBegun = true;
    this.#send(isFirst ? BEGIN : 'SAVEPOINT work');
    try {
      const value = await work(this.#session.statements);
      if (!isFirst) this.#send('RELEASE work');
      return { status: 'fulfilled', value };
    } catch (reason) {
      const fault = this.#failed?.reason ?? reason;
      if (faultOf(fault) !== 'ours') throw fault;
      if (isFirst) await this.rollback();
      else await this.#session.connection.run('ROLLBACK TO work; RELEASE work');
      return { status: 'rejected', reason };
    }
  }

  /** What the server calls it; undefined when it has changed nothing. */
  async transactionId(): Promise<string | undefined> {
    const { rows } = await this.#session.connection.query<{ id: string | null }>(
      'SELECT pg_current_xact_id_if_assigned()::text AS id',
    );
    return rows[0]?.id ?? undefined;
  }

  async commit(): Promise<void> {
    if (this.#failed) throw this.#failed.reason;
    const { command } = await this.#session.connection.run('COMMIT');
    // What failed before is answered so, without an error.
    if (command !== 'COMMIT') throw new Error('bug: a failed transaction was to be committed');
  }

  /** A session that is lost has done so by itself. */
  async rollback(): Promise<void> {
    this.#isBegun = false;
    await this.#session.connection.run('ROLLBACK').catch(() => undefined);
  }

  /** It goes out with the next statement, whose answer comes behind its own. */
  #send(text: string): void {
    this.#session.connection.run(text).catch((reason: unknown) => {
      this.#failed ??= { reason };
    });
  }
}
