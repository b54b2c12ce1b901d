/**
 * How long somebody who only looks waits for a server that is silent. The way to it may be cut without a word, which
 * shows only when a statement is not answered for long; until it does, those who come next are refused at once.
 */
import { ConnectionGone } from './faults.js';

export class Patience {
  readonly #mostMs: number;
  /** Of those who gave up, whose look has not ended. */
  #given = 0;

  constructor(mostMs: number) {
    this.#mostMs = mostMs;
  }

  /** What `look` answers. @throws ConnectionGone when that takes too long, and what `look` does */
  async wait<T>(look: () => Promise<T>): Promise<T> {
    if (this.#given > 0) throw silent();
    let isOver = false;
    const looked = look();
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        isOver = true;
        this.#given++;
        reject(silent());
      }, this.#mostMs);
      const end = (): void => {
        clearTimeout(timer);
        if (isOver) this.#given--;
      };
      looked.finally(end).then(resolve, reject);
    });
  }
}

function silent(): ConnectionGone {
  return new ConnectionGone(new Error('it has not answered for long'));
}
