/**
 * Removes what removals have left behind, a part in each turn, so that others have theirs between: the shares of members
 * who are out, and the rows of groups that have ended. What is to be removed is noted in the store, in the turn in which it
 * was left, so a tracker that was killed goes on when it starts; of several trackers on one database one is at each.
 *
 * Lifecycle: start → idle ⇄ clearing → close. It is woken by the turn that leaves something; now and then it looks by
 * itself, for what a tracker has left that is gone, or a turn of which it was not known whether it was one.
 */
import { detach } from '../net/detach.js';
import { bug } from '../net/errors.js';
import { CLEARING_LOOK_MS, CLEARING_PAUSE_MS } from '../net/limits.js';
import type { Clock } from './clock.js';

export interface ClearingOptions {
  /** Takes a turn that removes something; false when there was nothing. */
  readonly clearSome: () => Promise<boolean>;
  /** Why that could not be; it is tried again. */
  readonly onFailed: (error: unknown) => void;
  readonly delay: Clock['delay'];
}

export class Clearing {
  readonly #options: ClearingOptions;
  #cancelLook: (() => void) | undefined;
  /** Goes on until nothing is left. */
  #clearing: Promise<void> | undefined;
  /** Something was left since that began its last turn. */
  #isWoken = false;
  #isClosed = false;

  constructor(options: ClearingOptions) {
    this.#options = options;
  }

  /** Something may be there to be removed. */
  wake(): void {
    this.#isWoken = true;
    if (this.#isClosed || this.#clearing) return;
    this.#cancelLook?.();
    const clearing = (this.#clearing = this.#clear());
    detach(
      () => clearing,
      () => bug('what is left to be removed rejects'),
    );
  }

  /** Resolves when the turn that goes on has ended; what is left is removed after the next start. */
  async close(): Promise<void> {
    this.#isClosed = true;
    this.#cancelLook?.();
    await this.#clearing;
  }

  /** Never rejects. */
  async #clear(): Promise<void> {
    try {
      do {
        this.#isWoken = false;
        while (!this.#isClosed && (await this.#options.clearSome()));
      } while (this.#isWoken && !this.#isClosed);
      this.#rest(CLEARING_LOOK_MS);
    } catch (error) {
      this.#options.onFailed(error);
      this.#rest(CLEARING_PAUSE_MS);
    }
  }

  #rest(delayMs: number): void {
    this.#clearing = undefined;
    if (this.#isClosed) return;
    this.#cancelLook = this.#options.delay(() => this.wake(), delayMs);
  }
}
