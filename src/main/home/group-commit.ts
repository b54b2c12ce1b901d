/**
 * Changes of a database that are asked for at the same time, in one commit: waiting for the disk
 * once is as good as many times. Owns the transactions of the database and the changes that wait
 * for theirs; knows nothing of what they change.
 */
import type { GuardedDatabase } from '../../net/embedded-database.js';
import { MAX_LIBRARY_COMMIT_WAIT_MS } from '../../net/limits.js';

/** After a commit, the next one waits so many times as long as that one took. */
const COMMIT_PAUSE_FACTOR = 4;

/** The database has given up the whole transaction, with every change that was made in it. */
class TransactionLost extends Error {}

/** A change that waits for its commit. */
interface GatheredChange {
  /** Makes the change, inside the common transaction; answers what tells its caller. */
  readonly make: () => () => void;
  readonly reject: (error: Error) => void;
}

export class GroupCommit {
  readonly #database: Pick<GuardedDatabase, 'exec'>;
  readonly #onCommitting: () => void;
  readonly #gathered: GatheredChange[] = [];
  #notBeforeMs = 0;
  #isGathering = false;
  #isInTransaction = false;
  /** Inside one gathered change, which is undone as a whole. */
  #isInChange = false;

  /** `onCommitting` is called once inside each common transaction, after its changes. */
  constructor(database: Pick<GuardedDatabase, 'exec'>, onCommitting: () => void) {
    this.#database = database;
    this.#onCommitting = onCommitting;
  }

  /** True while the changes of a common transaction are being made. */
  get isGathering(): boolean {
    return this.#isGathering;
  }

  /**
   * Makes a change together with others that are asked for at the same time. Resolves when it is
   * on disk. A change that throws is undone alone.
   */
  gather<T>(change: () => T): Promise<T> {
    return new Promise((resolve, reject) => {
      const make = (): (() => void) => {
        const result = this.transaction(() => this.#asOne(change));
        return () => resolve(result);
      };
      this.#gathered.push({ make, reject });
      if (this.#gathered.length === 1) this.#commitSoon();
    });
  }

  /** A change that throws is undone by the savepoint around it: what it is made of needs none. */
  #asOne<T>(change: () => T): T {
    this.#isInChange = true;
    try {
      return change();
    } finally {
      this.#isInChange = false;
    }
  }

  /** One transaction; inside another one a part of it, which is undone alone. */
  transaction<T>(work: () => T): T {
    if (this.#isInChange) return work();
    const isInner = this.#isInTransaction;
    this.#database.exec(isInner ? 'SAVEPOINT change' : 'BEGIN IMMEDIATE');
    this.#isInTransaction = true;
    try {
      const result = work();
      this.#database.exec(isInner ? 'RELEASE change' : 'COMMIT');
      return result;
    } catch (error) {
      const isUndone = this.#undo(isInner);
      if (error instanceof TransactionLost) throw isInner ? error : error.cause;
      if (isInner && !isUndone) throw new TransactionLost('', { cause: error });
      throw error;
    } finally {
      this.#isInTransaction = isInner;
    }
  }

  /**
   * False when there is nothing to undo: after a full or failing disk SQLite has taken back the
   * whole transaction by itself, and what is to be told is why. What came next would be committed alone.
   */
  #undo(isInner: boolean): boolean {
    try {
      this.#database.exec(isInner ? 'ROLLBACK TO change; RELEASE change' : 'ROLLBACK');
      return true;
    } catch {
      return false;
    }
  }

  /** Commits what waits, now. */
  flush(): void {
    const changes = this.#gathered.splice(0);
    if (changes.length === 0) return;
    const startedAtMs = performance.now();
    this.#commit(changes);
    const endedAtMs = performance.now();
    this.#notBeforeMs = endedAtMs + COMMIT_PAUSE_FACTOR * (endedAtMs - startedAtMs);
  }

  /**
   * At once after a pause; under load no more than a fifth of the time is spent on commits, and
   * the slower the disk is, the more changes share one.
   */
  #commitSoon(): void {
    const waitMs = Math.min(this.#notBeforeMs - performance.now(), MAX_LIBRARY_COMMIT_WAIT_MS);
    if (waitMs <= 0) setImmediate(() => this.flush());
    else setTimeout(() => this.flush(), waitMs);
  }

  #commit(changes: readonly GatheredChange[]): void {
    const told: (() => void)[] = [];
    this.#isGathering = true;
    try {
      this.transaction(() => {
        for (const { make, reject } of changes) {
          try {
            told.push(make());
          } catch (error) {
            if (error instanceof TransactionLost) throw error;
            reject(error as Error);
          }
        }
        this.#onCommitting();
      });
    } catch (error) {
      // Nothing of it is on disk; those that were undone alone have been told already.
      for (const { reject } of changes) reject(error as Error);
      return;
    } finally {
      this.#isGathering = false;
    }
    for (const tell of told) tell();
  }
}
