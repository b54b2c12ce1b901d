/**
 * Tells once that whoever is asked has not answered for a while, so that nobody waits without knowing for whom.
 * Life: nothing asked ⇄ waiting → told → an answer.
 */
export class SilenceNews {
  readonly #afterMs: number;
  readonly #onSilent: () => void;
  #waiting = 0;
  #timer: NodeJS.Timeout | undefined;

  constructor(afterMs: number, onSilent: () => void) {
    this.#afterMs = afterMs;
    this.#onSilent = onSilent;
  }

  /** Watches over a question until it is settled, whatever comes of it. */
  async during<T>(asking: Promise<T>): Promise<T> {
    this.#waiting++;
    if (this.#waiting === 1) this.#wind();
    try {
      return await asking;
    } finally {
      this.#waiting--;
      clearTimeout(this.#timer);
      // Whoever answers one question is at work on the others.
      if (this.#waiting > 0) this.#wind();
    }
  }

  #wind(): void {
    this.#timer = setTimeout(this.#onSilent, this.#afterMs);
  }
}
