/** Waits until something is to be looked at: somebody says so, or a moment has come. Owns its one timer. */
import { deferred } from '../../net/deferred.js';
import type { Later } from '../../net/later.js';

export class WakeUp {
  readonly #later: Later;
  #isDue = false;
  #wake: (() => void) | undefined;

  constructor(later: Later) {
    this.#later = later;
  }

  /** Something has happened; heard by who waits now, or next. */
  ring(): void {
    this.#isDue = true;
    this.#wake?.();
  }

  /** Resolves when that was said since the last wait, after `waitMs`, or when the signal is aborted. */
  async wait(waitMs: number, signal: AbortSignal): Promise<void> {
    if (!this.#isDue && !signal.aborted) {
      const woken = deferred<undefined>();
      this.#wake = () => woken.resolve(undefined);
      const takeBack = this.#later(waitMs, this.#wake);
      // Taken away again: the signal lives as long as the sync, which waits often.
      signal.addEventListener('abort', this.#wake);
      await woken.promise;
      signal.removeEventListener('abort', this.#wake);
      takeBack();
      this.#wake = undefined;
    }
    this.#isDue = false;
  }
}
