/**
 * What a session sends within a transaction without waiting for the answer: its changes answer nothing, and one that
 * fails fails the transaction, of which the next answer that somebody waits for tells. So a turn waits for what it reads,
 * and not for each row that it writes. Owns what failed first of that.
 *
 * Which work of a transaction that belongs to does not show then; where that has to be known all of them are carried
 * out again with each change waited for (`isCareful`).
 */
import { MAX_STATEMENTS_BEHIND } from '../../../net/limits.js';

/** A statement that changes something and answers nothing. */
export type Change = (text: string, values: readonly unknown[]) => Promise<void>;

export class Behind {
  /** Answers come in order: all before it are there, too. */
  #lastAnswered: Promise<void> = Promise.resolve();
  #unanswered = 0;
  #failed: { readonly reason: unknown } | undefined;
  #isCareful = false;

  /** A transaction begins; nothing of the one before is under way. */
  begin(isCareful: boolean): void {
    this.#failed = undefined;
    this.#isCareful = isCareful;
  }

  /** What failed first. */
  get failed(): { readonly reason: unknown } | undefined {
    return this.#failed;
  }

  /** Is on its way; nobody waits for it. */
  send(answered: Promise<unknown>): void {
    this.#unanswered++;
    this.#lastAnswered = answered.then(
      () => void this.#unanswered--,
      (reason: unknown) => {
        this.#unanswered--;
        this.#failed ??= { reason };
      },
    );
  }

  /** The same for a change of a work, which waits where too many are under way. @throws when that is careful */
  async change(answered: Promise<unknown>): Promise<void> {
    if (this.#isCareful) return void (await answered);
    this.send(answered);
    if (this.#unanswered >= MAX_STATEMENTS_BEHIND) await this.#lastAnswered;
  }

  /** All that was sent so far is answered. */
  settled(): Promise<void> {
    return this.#lastAnswered;
  }
}
