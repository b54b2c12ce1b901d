/** So many at a time, and the others in the order in which they came. Owns who waits. */

export class Turns {
  readonly #most: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(most: number) {
    this.#most = most;
  }

  /** Does the work when it is its turn; answers, or fails, as that does. */
  async take<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    if (this.#running >= this.#most) {
      // Whoever ends hands its place on, so that nobody comes in between.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running++;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
