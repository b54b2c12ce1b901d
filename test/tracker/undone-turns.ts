/** Turns that a store carries out again and again, undone each time but the last, as one does that others thwart. */
import type { Store, StoreTransaction, StoreWork } from '../../src/tracker/store/store.js';
import { TurnQueue } from '../../src/tracker/turn-queue.js';

/** Each change is undone so many times before it is done. */
export function undoneTurns(store: Store, times: number): TurnQueue<StoreTransaction> {
  async function* undoneBefore(works: AsyncIterable<StoreWork<unknown>>) {
    for await (const work of works) {
      for (let n = 0; n < times; n++) {
        yield async (tx: StoreTransaction) => {
          await work(tx);
          throw new Error('undone');
        };
      }
      yield work;
    }
  }
  return new TurnQueue<StoreTransaction>({
    commit: async (changes) => {
      const ends = await store.transactions(undoneBefore(changes));
      return ends.filter((_, index) => index % (times + 1) === times);
    },
    steadyMs: () => 0,
  });
}
