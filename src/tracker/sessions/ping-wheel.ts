/**
 * Visits each of many things once in an interval, spread over it: some at every step, never all at once. Owns one
 * timer while it holds anything.
 */
import type { Clock } from '../clock.js';

/** Steps in an interval: of ten thousand things a hundred are visited at a time. */
const STEPS = 100;
/** Things that come one after the other are visited far from each other. It has no divisor in common with the steps. */
const STRIDE = 37;

export interface PingWheelOptions<T> {
  readonly intervalMs: number;
  readonly clock: Pick<Clock, 'delay'>;
  /** Visits things; may add and remove some. */
  readonly visit: (things: Iterable<T>) => void;
}

export class PingWheel<T> {
  readonly #options: PingWheelOptions<T>;
  readonly #slots: readonly Set<T>[] = Array.from({ length: STEPS }, () => new Set<T>());
  readonly #slotOf = new Map<T, Set<T>>();
  #step = 0;
  #lastTaken = 0;
  #cancelTimer: (() => void) | undefined;

  constructor(options: PingWheelOptions<T>) {
    this.#options = options;
  }

  add(thing: T): void {
    if (this.#slotOf.has(thing)) return;
    this.#lastTaken = (this.#lastTaken + STRIDE) % STEPS;
    const slot = this.#slots[this.#lastTaken]!;
    slot.add(thing);
    this.#slotOf.set(thing, slot);
    this.#schedule();
  }

  remove(thing: T): void {
    this.#slotOf.get(thing)?.delete(thing);
    this.#slotOf.delete(thing);
    if (this.#slotOf.size === 0) this.close();
  }

  /** Visits nothing any more, unless something is added. */
  close(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #schedule(): void {
    const { clock, intervalMs } = this.#options;
    this.#cancelTimer ??= clock.delay(() => this.#onStep(), intervalMs / STEPS);
  }

  #onStep(): void {
    this.#cancelTimer = undefined;
    this.#step = (this.#step + 1) % STEPS;
    this.#options.visit([...this.#slots[this.#step]!]);
    if (this.#slotOf.size > 0) this.#schedule();
  }
}
