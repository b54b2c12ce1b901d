/**
 * Makes one call out of what is asked at about the same time: while one call is under way,
 * and a few milliseconds after it, further items gather for the next. After a rest an item
 * goes out at once. Owns the items that wait;
 * knows nothing of what they are.
 */
import { setImmediate as nextTurn, setTimeout as delay } from 'node:timers/promises';
import { crash, detach } from '../../net/detach.js';
import { TrackerError } from '../../net/errors.js';

/** Between two calls: short beside a round trip, long enough for tens of items to gather. */
const MIN_CALL_INTERVAL_MS = 10;

export interface GatheredCallsOptions<Item, Answer> {
  /** Items of one call have the same key. */
  readonly keyOf: (item: Item) => string;
  /** Most items of one call. */
  readonly maxItems: number;
  /** Bytes of an item in a call, and the most of a call. */
  readonly bytesOf: (item: Item) => number;
  readonly maxBytes: number;
  /** Asks; answers the items in order, maybe only the first of them, at least one. */
  readonly call: (key: string, items: readonly Item[]) => Promise<readonly Answer[]>;
}

interface Waiting<Item, Answer> {
  readonly item: Item;
  readonly resolve: (answer: Answer) => void;
  readonly reject: (error: unknown) => void;
}

export class GatheredCalls<Item, Answer> {
  readonly #options: GatheredCallsOptions<Item, Answer>;
  #waiting: Waiting<Item, Answer>[] = [];
  #isCalling = false;
  #nextCallAtMs = 0;

  constructor(options: GatheredCallsOptions<Item, Answer>) {
    this.#options = options;
  }

  /** Asks about one item; rejects as the call does. */
  ask(item: Item): Promise<Answer> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (this.#isCalling) return;
      this.#isCalling = true;
      // What a call is refused with, its items hear.
      detach(() => this.#callAll(), crash);
    });
  }

  async #callAll(): Promise<void> {
    while (this.#waiting.length > 0) {
      await this.#pause();
      const batch = this.#nextBatch();
      try {
        await this.#callOnce(batch);
      } catch (error) {
        for (const { reject } of batch) reject(error);
      }
    }
    this.#isCalling = false;
  }

  /** What else is asked for meanwhile goes along; after a rest, that is this turn's. */
  async #pause(): Promise<void> {
    const waitMs = this.#nextCallAtMs - performance.now();
    await (waitMs > 0 ? delay(waitMs) : nextTurn());
    this.#nextCallAtMs = performance.now() + MIN_CALL_INTERVAL_MS;
  }

  async #callOnce(batch: readonly Waiting<Item, Answer>[]): Promise<void> {
    const { keyOf, call } = this.#options;
    const items = batch.map(({ item }) => item);
    const answers = await call(keyOf(items[0]!), items);
    if (answers.length === 0 || answers.length > batch.length) {
      throw new TrackerError('PROTOCOL_VIOLATION', 'the tracker’s answer is not to what was asked');
    }
    answers.forEach((answer, index) => batch[index]!.resolve(answer));
    this.#waiting.unshift(...batch.slice(answers.length));
  }

  /** Takes the first items that may go together. */
  #nextBatch(): readonly Waiting<Item, Answer>[] {
    const { keyOf, bytesOf, maxItems, maxBytes } = this.#options;
    const [first] = this.#waiting;
    if (!first) return [];
    const key = keyOf(first.item);
    let bytes = 0;
    const batch: Waiting<Item, Answer>[] = [];
    const rest: Waiting<Item, Answer>[] = [];
    for (const waiting of this.#waiting) {
      const isOfBatch = keyOf(waiting.item) === key && batch.length < maxItems;
      const wanted = isOfBatch ? bytes + bytesOf(waiting.item) : Infinity;
      if (isOfBatch && (batch.length === 0 || wanted <= maxBytes)) {
        bytes = wanted;
        batch.push(waiting);
      } else rest.push(waiting);
    }
    this.#waiting = rest;
    return batch;
  }
}
