/** Work that several ask for at about the same time, done once for all of them. */
export class UnderWay<T> {
  readonly #running = new Map<string, Promise<T>>();

  /** Begins the work, or waits for the same that somebody else began and that has not ended yet. */
  share(key: string, work: () => Promise<T>): Promise<T> {
    const running = this.#running.get(key);
    if (running) return running;
    const begun = work().finally(() => this.#running.delete(key));
    this.#running.set(key, begun);
    return begun;
  }
}
