/**
 * Runs asynchronous work strictly one after the other: of one party in the order in which it was
 * handed in, of several in turn, so that whoever asks much waits for themselves.
 * The tracker's state (store and presence together) changes only in such turns, so that a
 * rule never judges facts that another request is about to change.
 */
import { bug } from '../net/errors.js';
import { detach } from '../net/detach.js';
import { FairQueue } from './fair-queue.js';

export class TurnQueue {
  readonly #waiting = new FairQueue<() => Promise<void>>();
  readonly #idlers: (() => void)[] = [];
  #isRunning = false;

  /** Turns that run or wait. */
  get length(): number {
    return this.#waiting.size + Number(this.#isRunning);
  }

  /** Turns of one party that wait. */
  waitingOf(party: string): number {
    return this.#waiting.sizeOf(party);
  }

  /** Runs `work` when it is the turn of its party, whether what came before failed or not. */
  run<T>(work: () => Promise<T>, party = ''): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#waiting.push(party, () => Promise.resolve().then(work).then(resolve, reject));
      if (this.#isRunning) return;
      this.#isRunning = true;
      detach(
        () => this.#runAll(),
        () => bug('a turn rejects'),
      );
    });
  }

  /** Resolves when nothing runs and nothing waits. */
  async idle(): Promise<void> {
    if (this.#isRunning) await new Promise<void>((resolve) => this.#idlers.push(resolve));
  }

  async #runAll(): Promise<void> {
    for (let next = this.#waiting.shift(); next; next = this.#waiting.shift()) await next();
    this.#isRunning = false;
    for (const resolve of this.#idlers.splice(0)) resolve();
  }
}
