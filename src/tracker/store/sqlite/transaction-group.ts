/**
 * Several transactions that reach the disk together: one transaction of the database with a savepoint
 * for each but the first, and one commit. A work that throws is undone alone. When the
 * database itself fails, all that were made since the last commit are undone, and the rest goes on in a
 * new transaction. Nothing else may use the database meanwhile.
 *
 * The first needs no savepoint: undoing it undoes nothing else. Behind one SQLite keeps each page as it
 * was, and many commits hold one large change alone.
 */
import type { EmbeddedDatabase } from '../../../net/embedded-database.js';
import { isSystemError } from '../../../net/system-errors.js';
import type { StoreTransaction, StoreWork } from '../store.js';

type End = PromiseSettledResult<unknown>;

interface Outcome {
  readonly end: End;
  /** All since the last commit is to be undone: it failed as the first, or the database has or may have. */
  readonly isAllLost: boolean;
}

export class TransactionGroup {
  readonly #database: Pick<EmbeddedDatabase, 'exec'>;
  readonly #statements: StoreTransaction;

  constructor(database: Pick<EmbeddedDatabase, 'exec'>, statements: StoreTransaction) {
    this.#database = database;
    this.#statements = statements;
  }

  /**
   * How each of them ended, in their order; never rejects because one of them did. Commits when `mayCommit` resolves,
   * and undoes all when that rejects.
   */
  async carryOut(
    works: Iterable<StoreWork<unknown>> | AsyncIterable<StoreWork<unknown>>,
    mayCommit: () => Promise<void> = () => Promise.resolve(),
  ): Promise<End[]> {
    const ends: End[] = [];
    /** Of those, the first one that is not committed; undefined outside a transaction. */
    let uncommitted: number | undefined;
    for await (const work of works) {
      const { end, isAllLost } = await this.#carryOut(work, uncommitted === undefined);
      uncommitted ??= ends.length;
      ends.push(end);
      if (!isAllLost) continue;
      this.#undoAll();
      undone(ends, uncommitted, (end as PromiseRejectedResult).reason);
      uncommitted = undefined;
    }
    if (uncommitted !== undefined) await this.#commit(ends, uncommitted, mayCommit);
    return ends;
  }

  async #carryOut(work: StoreWork<unknown>, isFirst: boolean): Promise<Outcome> {
    try {
      this.#database.exec(isFirst ? 'BEGIN' : 'SAVEPOINT work');
    } catch (error) {
      return lost(error);
    }
    try {
      const value = await work(this.#statements);
      if (!isFirst) this.#database.exec('RELEASE work');
      return { end: { status: 'fulfilled', value }, isAllLost: false };
    } catch (reason) {
      return isFirst || isSystemError(reason) ? lost(reason) : this.#undo(reason);
    }
  }

  #undo(reason: unknown): Outcome {
    try {
      this.#database.exec('ROLLBACK TO work; RELEASE work');
      return { end: { status: 'rejected', reason }, isAllLost: false };
    } catch {
      return lost(reason);
    }
  }

  async #commit(ends: End[], first: number, mayCommit: () => Promise<void>): Promise<void> {
    try {
      await mayCommit();
      this.#database.exec('COMMIT');
    } catch (error) {
      this.#undoAll();
      undone(ends, first, error);
    }
  }

  /** After a full or failing disk SQLite may have done so by itself; what is to be told is why. */
  #undoAll(): void {
    try {
      this.#database.exec('ROLLBACK');
    } catch {
      // Nothing to undo, or a database that takes no statement any more.
    }
  }
}

function lost(reason: unknown): Outcome {
  return { end: { status: 'rejected', reason }, isAllLost: true };
}

/**
 * What was done since `first` is not. Who was refused behind it may have been for what it did, and is told the same; who
 * was refused before any of it stays refused for that reason.
 */
function undone(ends: End[], first: number, reason: unknown): void {
  const firstDone = ends.findIndex(({ status }, index) => index >= first && status === 'fulfilled');
  if (firstDone >= 0) ends.fill({ status: 'rejected', reason }, firstDone);
}
