/**
 * One transaction of the database: a savepoint for each work but the first, and what makes of the first failure in it what
 * becomes of the works. All behind that fails only because of it (25P02), whoever asked for it and whoever waits.
 *
 *   (empty) → begun → committed, or undone and empty again
 */
import type { StoreWork } from '../store.js';
import type { Connection } from './connection.js';
import { faultOf } from './faults.js';
import { BEGIN, type WorkSession } from './work-session.js';

/** How a work ended. */
export type End = PromiseSettledResult<unknown>;

/** Something failed for which nobody waited, by a mistake or a rule of ours; which work that was does not show. */
export class FailedBehind extends Error {
  constructor(cause: unknown) {
    super('a change failed that nobody waited for', { cause });
  }
}

/** COMMIT was sent, and the session was lost before its answer came. */
export class CommitLost extends Error {
  constructor(cause: unknown) {
    super('no answer says whether it is committed', { cause });
  }
}

export class Run {
  readonly #session: WorkSession;
  readonly #isCareful: boolean;
  #isBegun = false;

  /** `isCareful`: each change of the works is waited for, and whatever else each of them asks. */
  constructor(session: WorkSession, isCareful = false) {
    this.#session = session;
    this.#isCareful = isCareful;
  }

  /** What it tells the others. */
  get published(): readonly string[] {
    return [...this.#session.published];
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
    const { published, behind } = this.#session;
    if (isFirst) {
      published.length = 0;
      behind.begin(this.#isCareful);
    }
    const before = published.length;
    this.#sendText(isFirst ? BEGIN : 'SAVEPOINT work');
    try {
      const value = await work(this.#session.statements);
      if (this.#isCareful) await this.#throwOwnFailure();
      if (!isFirst) this.#sendText('RELEASE work');
      return { status: 'fulfilled', value };
    } catch (error) {
      const reason = await this.#causeOf(error);
      published.length = before;
      if (isFirst) await this.rollback();
      else await this.#session.connection.run('ROLLBACK TO work; RELEASE work');
      behind.undone();
      return { status: 'rejected', reason };
    }
  }

  /**
   * Commits it, with what `last` does at its end.
   * @throws CommitLost, and what says that it is not committed
   */
  async commit(last: (connection: Connection) => Promise<void>): Promise<void> {
    this.#throwFailed();
    const { connection, behind } = this.#session;
    // What is lost already sends nothing.
    const isSent = connection.isOpen;
    behind.send(last(connection));
    const { command } = await connection.run('COMMIT').catch((error: unknown) => {
      throw isSent && faultOf(error) === 'away' ? new CommitLost(error) : error;
    });
    await behind.settled();
    // What failed before is answered so, without an error; and so is one that was never begun.
    this.#throwFailed();
    if (command !== 'COMMIT') throw new Error('bug: a failed transaction was to be committed');
  }

  /** A session that is lost has done so by itself. */
  async rollback(): Promise<void> {
    this.#isBegun = false;
    await this.#session.connection.run('ROLLBACK').catch(() => undefined);
  }

  /** Of what a work asked for, with or without waiting for it; nothing else can have failed where it is careful. */
  async #throwOwnFailure(): Promise<void> {
    const { behind } = this.#session;
    await behind.settled();
    if (behind.failed) throw behind.failed.reason;
  }

  /**
   * Why a work failed that threw this: by itself, or by what had failed before and the whole transaction with it.
   * @throws what undoes all of it
   */
  async #causeOf(error: unknown): Promise<unknown> {
    const { behind } = this.#session;
    await behind.settled();
    const { failed } = behind;
    const reason = failed ? failed.reason : error;
    if (faultOf(reason) !== 'ours') throw reason;
    const mayBeOfAnother = failed !== undefined && (failed.isBehind || reason !== error);
    if (mayBeOfAnother && !this.#isCareful) throw new FailedBehind(reason);
    return reason;
  }

  #throwFailed(): void {
    const { failed } = this.#session.behind;
    if (!failed) return;
    throw faultOf(failed.reason) === 'ours' ? new FailedBehind(failed.reason) : failed.reason;
  }

  /** It goes out with the next statement, whose answer comes behind its own. */
  #sendText(text: string): void {
    this.#session.behind.send(this.#session.connection.run(text));
  }
}
