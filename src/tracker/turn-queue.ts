/**
 * Runs asynchronous work strictly one after the other, in the order it was handed in.
 * The tracker's state (store and presence together) changes only in such turns, so that a
 * rule never judges facts that another request is about to change.
 */
export class TurnQueue {
  #last: Promise<unknown> = Promise.resolve();
  #waiting = 0;

  /** Turns that run or wait. */
  get length(): number {
    return this.#waiting;
  }

  /** Runs `work` after everything handed in before it, whether that failed or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    this.#waiting++;
    const turn = this.#last.then(work).finally(() => this.#waiting--);
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /** Resolves when everything handed in so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
