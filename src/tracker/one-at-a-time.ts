/** Runs asynchronous work strictly one after the other, in the order in which it was handed in. */
export class OneAtATime {
  #last: Promise<unknown> = Promise.resolve();

  /** Runs `work` when what came before has ended, whether it failed or not. */
  run<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => undefined);
    return result;
  }

  /** Resolves when what was handed in so far has ended. */
  async idle(): Promise<void> {
    await this.#last;
  }
}
