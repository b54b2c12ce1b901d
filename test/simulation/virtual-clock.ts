/**
 * One clock for a whole simulated network: a heap of what is due, in the order of time, and of asking
 * where the time is the same. Nothing happens between two events, so a run depends on its seed alone.
 *
 * Work with promises goes on within the turn of the event that settled them, if that event says so
 * (`settles`): waiting for them after every event would cost more than the events.
 */
import type { Later } from '../../src/net/later.js';

interface Due {
  readonly atMs: number;
  readonly order: number;
  /** Undefined once it was taken back. */
  work: (() => void) | undefined;
}

export class VirtualClock {
  #nowMs = 0;
  #order = 0;
  #hasSettled = false;
  readonly #heap: Due[] = [];

  get now(): number {
    return this.#nowMs;
  }

  readonly nowMs = (): number => this.#nowMs;

  readonly nowNs = (): bigint => BigInt(Math.round(this.#nowMs * 1e6));

  readonly later: Later = (waitMs, work) => {
    const due: Due = { atMs: this.#nowMs + Math.max(0, waitMs), order: this.#order++, work };
    this.#push(due);
    return () => (due.work = undefined);
  };

  /** Once this event is over. */
  readonly soon = (work: () => void): void => void this.later(0, work);

  /** Every so often, until that is taken back. */
  every(intervalMs: number, work: () => void): () => void {
    let stop = this.later(intervalMs, again);
    const { later } = this;
    function again(): void {
      stop = later(intervalMs, again);
      work();
    }
    return () => stop();
  }

  /** This event settles promises: whoever waits for them goes on before the next event. */
  settles(): void {
    this.#hasSettled = true;
  }

  /** Lets events happen until `isOver`, or nothing is due before `untilMs`. */
  async run(untilMs: number, isOver: () => boolean = () => false): Promise<void> {
    while (!isOver()) {
      const next = this.#pop(untilMs);
      if (!next) break;
      this.#nowMs = next.atMs;
      next.work?.();
      if (!this.#hasSettled) continue;
      this.#hasSettled = false;
      await new Promise(setImmediate);
    }
    if (!isOver()) this.#nowMs = untilMs;
  }

  #push(due: Due): void {
    const heap = this.#heap;
    let at = heap.push(due) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!isBefore(due, heap[parent]!)) break;
      heap[at] = heap[parent]!;
      at = parent;
    }
    heap[at] = due;
  }

  #pop(untilMs: number): Due | undefined {
    const heap = this.#heap;
    const first = heap[0];
    if (!first || first.atMs > untilMs) return undefined;
    const last = heap.pop()!;
    if (heap.length > 0) this.#sink(last);
    return first;
  }

  #sink(due: Due): void {
    const heap = this.#heap;
    let at = 0;
    for (let child = 1; child < heap.length; child = 2 * at + 1) {
      if (child + 1 < heap.length && isBefore(heap[child + 1]!, heap[child]!)) child++;
      if (!isBefore(heap[child]!, due)) break;
      heap[at] = heap[child]!;
      at = child;
    }
    heap[at] = due;
  }
}

function isBefore(one: Due, other: Due): boolean {
  return one.atMs < other.atMs || (one.atMs === other.atMs && one.order < other.order);
}
