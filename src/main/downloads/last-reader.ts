/**
 * Whether whoever reads a passing download to its end has all of it before it has to be kept. Owns the one wait for
 * that; pure but for the timer, which is handed in.
 *
 *   made → delivered | given up (it has to be kept); whatever comes first
 */
import { deferred } from '../../net/deferred.js';
import type { Later } from '../../net/later.js';

export class LastReader {
  readonly #later: Later;
  readonly #outcome = deferred<boolean>();

  constructor(later: Later) {
    this.#later = later;
  }

  onDelivered(): void {
    this.#outcome.resolve(true);
  }

  /** Nobody waits for the reader any more. */
  giveUp(): void {
    this.#outcome.resolve(false);
  }

  /** Resolves with whether it was delivered, after so many milliseconds at the latest. */
  async hasAllWithin(ms: number): Promise<boolean> {
    const takeBack = this.#later(ms, () => this.giveUp());
    return this.#outcome.promise.finally(takeBack);
  }
}
