/**
 * Changes that share one commit, on their way from the queue into the database. The database asks for one after the
 * other, and is made to wait between slices, while the transaction stays open: so others are heard meanwhile. A change that
 * takes long says itself where it may be interrupted for that. The group goes on until nothing waits or it is full, and not before the commit ahead of it is on the disk, so that changes
 * gather while that is under way. Lifecycle: open → ended (no more changes, the commit begins) → told by its owner.
 */
import { deferred } from '../net/deferred.js';
import { MAX_TURNS_PER_COMMIT, TURN_SLICE_MS } from '../net/limits.js';

/** A change whose turn has come, with what it costs so far. */
export interface TakenChange<Tx, C> {
  readonly party: string;
  readonly change: C & {
    readonly work: (tx: Tx, breathe: () => Promise<void>) => Promise<unknown>;
  };
  costMs: number;
}

export interface ChangeGroupOptions<Tx, C> {
  /** Takes the next change that waits; undefined when there is none. */
  readonly take: () => Omit<TakenChange<Tx, C>, 'costMs'> | undefined;
  readonly hasMore: () => boolean;
  /** True when the commit before this one is on the disk. */
  readonly mayEnd: () => boolean;
  /** How long its changes may take together. */
  readonly mostMs: () => number;
  readonly steadyMs: () => number;
  /** Waits for a slice of time. */
  readonly onReady: () => void;
  /** Takes no more changes; the commit begins. */
  readonly onEnded: () => void;
}

export class ChangeGroup<Tx, C> {
  readonly carriedOut: TakenChange<Tx, C>[] = [];
  readonly #options: ChangeGroupOptions<Tx, C>;
  #workMs = 0;
  #endedAtMs = 0;
  #given = deferred<void>();
  #used = deferred<void>();
  #isReady = false;
  /** A change waits to go on. */
  #isInterrupted = false;
  /** The slice that is going on is over then. */
  #untilMs = 0;
  /** Between the slices in which changes went on. */
  #awayMs = 0;
  #isEnded = false;

  constructor(options: ChangeGroupOptions<Tx, C>) {
    this.#options = options;
  }

  /** What its changes took. */
  get workMs(): number {
    return this.#workMs;
  }

  /** When it took its last change. */
  get endedAtMs(): number {
    return this.#endedAtMs;
  }

  /** True when it would do something with a slice of time. */
  get wantsSlice(): boolean {
    const { hasMore, mayEnd } = this.#options;
    if (this.#isInterrupted) return this.#isReady;
    return this.#isReady && (mayEnd() || (hasMore() && !this.#isFull));
  }

  /** Gives it a slice of time; resolves when that is over. */
  async slice(): Promise<void> {
    if (!this.wantsSlice) return;
    this.#isReady = false;
    this.#used = deferred();
    this.#given.resolve();
    await this.#used.promise;
  }

  /** The works, for the database to carry out. */
  async *works(): AsyncGenerator<(tx: Tx) => Promise<unknown>> {
    const { mayEnd, hasMore, onEnded, steadyMs } = this.#options;
    try {
      do {
        await this.#nextSlice();
        yield* this.#sliceOfWorks();
      } while (!mayEnd() || (hasMore() && !this.#isFull));
    } finally {
      this.#isEnded = true;
      this.#endedAtMs = steadyMs();
      onEnded();
      this.#used.resolve();
    }
  }

  /** Resolves when the next slice has begun. */
  async #nextSlice(): Promise<void> {
    const { onReady, steadyMs } = this.#options;
    this.#given = deferred();
    this.#isReady = true;
    this.#used.resolve();
    onReady();
    await this.#given.promise;
    this.#untilMs = steadyMs() + TURN_SLICE_MS;
  }

  /**
   * A change waits for this where it may be interrupted: for the next slice, when the present one is over. One that is
   * carried out again when no more slices come goes on at once.
   */
  async #breathe(): Promise<void> {
    const { steadyMs } = this.#options;
    const sinceMs = steadyMs();
    if (this.#isEnded || sinceMs < this.#untilMs) return;
    this.#isInterrupted = true;
    await this.#nextSlice();
    this.#isInterrupted = false;
    this.#awayMs += steadyMs() - sinceMs;
  }

  *#sliceOfWorks(): Generator<(tx: Tx) => Promise<unknown>> {
    const { take, steadyMs } = this.#options;
    const breathe = (): Promise<void> => this.#breathe();
    do {
      if (this.#isFull) return;
      const taken = take();
      if (!taken) return;
      const change = { ...taken, costMs: 0 };
      this.carriedOut.push(change);
      const beganAtMs = steadyMs();
      this.#awayMs = 0;
      yield (tx) => taken.change.work(tx, breathe);
      change.costMs = steadyMs() - beganAtMs - this.#awayMs;
      this.#workMs += change.costMs;
    } while (steadyMs() < this.#untilMs);
  }

  get #isFull(): boolean {
    const { length } = this.carriedOut;
    return length >= MAX_TURNS_PER_COMMIT || (length > 0 && this.#workMs >= this.#options.mostMs());
  }
}
