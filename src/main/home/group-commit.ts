/**
 * Changes of a database that are asked for at the same time, in one commit: waiting for the disk
 * once is as good as many times. Owns the transactions of the database and the changes that wait
 * for theirs; knows nothing of what they change.
 *
 *   a change: gathered → committed → on the disk, and told
 *
 * With a log, the disk is waited for beside everything else, and one commit at a time is on its way there. After a
 * sync that failed nothing is committed any more: the system tells of it once, and forgets the lost bytes.
 */
import { crash, detach } from '../../net/detach.js';
import type { GuardedDatabase } from '../../net/embedded-database.js';
import { MAX_LIBRARY_COMMIT_WAIT_MS } from '../../net/limits.js';
import { isFailedSync } from '../../net/checkpoints.js';
import { whenSettled } from '../../net/deferred.js';
import type { WriteAheadLog } from '../../net/write-ahead-log.js';
import { LostLibraryError } from './lost-library.js';

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

type Log = Pick<WriteAheadLog, 'sync'>;

export class GroupCommit {
  readonly #database: Pick<GuardedDatabase, 'exec'>;
  readonly #onCommitting: () => void;
  readonly #gathered: GatheredChange[] = [];
  /** Without one, COMMIT itself waits for the disk, or nobody does. */
  #log: Log | undefined;
  /** Why nothing is committed any more. */
  #lost: LostLibraryError | undefined;
  /** The sync that is under way; never rejects. */
  #syncing: Promise<void> | undefined;
  #notBeforeMs = 0;
  #isGathering = false;
  #isInTransaction = false;
  /** Inside one gathered change, which is undone as a whole. */
  #isInChange = false;

  /**
   * `onCommitting` is called once inside each common transaction, after its changes. With a log the database is one
   * whose commits do not wait for the disk.
   */
  constructor(database: Pick<GuardedDatabase, 'exec'>, onCommitting: () => void, log?: Log) {
    this.#database = database;
    this.#onCommitting = onCommitting;
    this.#log = log;
  }

  /** What was committed may be gone after a power cut, though it still looks as if it were there. */
  get isLost(): boolean {
    return this.#lost !== undefined;
  }

  /** The disk has failed: nothing is committed from here on. Answers what everybody is told. */
  onLost(cause: Error): LostLibraryError {
    return (this.#lost ??= new LostLibraryError(cause));
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
      if (this.#gathered.length === 1 && !this.#syncing) this.#commitSoon();
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

  /**
   * One transaction, on the disk when this returns; inside another one a part of it, which is undone alone.
   * @throws what the work or the database throws
   */
  transaction<T>(work: () => T): T {
    if (this.#lost) throw this.#lost;
    if (this.#isInChange) return work();
    if (!this.#log || this.#isInTransaction || this.#isGathering) return this.#transaction(work);
    this.#database.exec('PRAGMA synchronous=FULL');
    try {
      return this.#transaction(work);
    } finally {
      this.#database.exec('PRAGMA synchronous=NORMAL');
    }
  }

  #transaction<T>(work: () => T): T {
    const isInner = this.#isInTransaction;
    this.#database.exec(isInner ? 'SAVEPOINT change' : 'BEGIN IMMEDIATE');
    this.#isInTransaction = true;
    try {
      const result = work();
      this.#database.exec(isInner ? 'RELEASE change' : 'COMMIT');
      return result;
    } catch (error) {
      const isUndone = this.#undo(isInner);
      if (isFailedSync(error)) throw this.onLost(error as Error);
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

  /** Commits what waits, once no sync is under way; from here on each commit itself waits for the disk. */
  async end(): Promise<void> {
    await this.#syncing;
    if (this.#log && !this.#lost) this.#database.exec('PRAGMA synchronous=FULL');
    this.#log = undefined;
    this.#flush();
  }

  #flushUnlessSyncing(): void {
    // What waits is committed after it.
    if (!this.#syncing) this.#flush();
  }

  #flush(): void {
    const changes = this.#gathered.splice(0);
    if (changes.length === 0) return;
    if (this.#lost) return rejectAll(changes, this.#lost);
    const startedAtMs = performance.now();
    const told = this.#commit(changes);
    const log = this.#log;
    if (told && log) {
      const telling = this.#tellOnceSynced(log, changes, told, startedAtMs);
      this.#syncing = whenSettled(telling);
      detach(() => telling, crash);
      return;
    }
    this.#pauseSince(startedAtMs);
    for (const tell of told ?? []) tell();
  }

  async #tellOnceSynced(
    log: Log,
    changes: readonly GatheredChange[],
    told: readonly (() => void)[],
    startedAtMs: number,
  ): Promise<void> {
    try {
      await log.sync();
    } catch (error) {
      this.onLost(error as Error);
    }
    this.#syncing = undefined;
    if (this.#lost) rejectAll(changes, this.#lost);
    else for (const tell of told) tell();
    this.#pauseSince(startedAtMs);
    if (this.#gathered.length > 0) this.#commitSoon();
  }

  #pauseSince(startedAtMs: number): void {
    const nowMs = performance.now();
    this.#notBeforeMs = nowMs + COMMIT_PAUSE_FACTOR * (nowMs - startedAtMs);
  }

  /**
   * At once after a pause; under load no more than a fifth of the time is spent on commits, and
   * the slower the disk is, the more changes share one.
   */
  #commitSoon(): void {
    const waitMs = Math.min(this.#notBeforeMs - performance.now(), MAX_LIBRARY_COMMIT_WAIT_MS);
    if (waitMs <= 0) setImmediate(() => this.#flushUnlessSyncing());
    else setTimeout(() => this.#flushUnlessSyncing(), waitMs);
  }

  /** Answers what tells their callers; undefined when nothing of it was committed, and they have been told. */
  #commit(changes: readonly GatheredChange[]): (() => void)[] | undefined {
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
      rejectAll(changes, error as Error);
      return undefined;
    } finally {
      this.#isGathering = false;
    }
    return told;
  }
}

function rejectAll(changes: readonly GatheredChange[], error: Error): void {
  for (const { reject } of changes) reject(error);
}
