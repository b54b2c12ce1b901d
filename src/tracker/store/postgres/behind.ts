/**
 * What a session is asked within a transaction, and what failed first of that, whoever asked: all behind it fails only
 * because that has (25P02). Changes answer nothing, so they are sent without waiting for the answer, and a turn waits for
 * what it reads and not for each row that it writes; the next answer that somebody waits for tells of one that failed.
 *
 * Which work of a transaction that belongs to does not show then; where that has to be known all of them are carried
 * out again with each change waited for (`isCareful`).
 */
import { MAX_STATEMENTS_BEHIND } from '../../../net/limits.js';

/** A statement that changes something and answers nothing. */
export type Change = (text: string, values: readonly unknown[]) => Promise<void>;

/** What failed first of a transaction. */
interface Failure {
  readonly reason: unknown;
  /** Nobody was to wait for its answer. */
  readonly isBehind: boolean;
}

export class Behind {
  /** Answers come in order: all before it are there, too. */
  #lastAnswered: Promise<void> = Promise.resolve();
  /** Of what nobody waits for. */
  #unanswered = 0;
  /** Of the transaction that goes on; what was asked before is an answer to the one before. */
  #transaction: { failed: Failure | undefined } = { failed: undefined };
  #isCareful = false;

  /** A transaction begins. */
  begin(isCareful: boolean): void {
    this.#isCareful = isCareful;
    this.undone();
  }

  /** The transaction goes on as it was before what failed. */
  undone(): void {
    this.#transaction = { failed: undefined };
  }

  get failed(): Failure | undefined {
    return this.#transaction.failed;
  }

  /** Somebody waits for this answer, or may. */
  asked<T>(answered: Promise<T>): Promise<T> {
    this.#hear(answered, false);
    return answered;
  }

  /** Is on its way; nobody waits for it. */
  send(answered: Promise<unknown>): void {
    this.#unanswered++;
    const end = (): void => void this.#unanswered--;
    answered.then(end, end);
    this.#hear(answered, true);
  }

  /**
   * The same for a change of a work, which waits where too many are under way.
   * @throws when that is careful, and what failed before when it has waited
   */
  async change(answered: Promise<unknown>): Promise<void> {
    if (this.#isCareful) return void (await this.asked(answered));
    this.send(answered);
    if (this.#unanswered < MAX_STATEMENTS_BEHIND) return;
    await this.#lastAnswered;
    if (this.failed) throw this.failed.reason;
  }

  /** All that was asked so far is answered. */
  settled(): Promise<void> {
    return this.#lastAnswered;
  }

  #hear(answered: Promise<unknown>, isBehind: boolean): void {
    const of = this.#transaction;
    this.#lastAnswered = answered.then(
      () => undefined,
      (reason: unknown) => void (of.failed ??= { reason, isBehind }),
    );
  }
}
