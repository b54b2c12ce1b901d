/** When the heap of a thread is collected, and that it is. */
import t from 'tap';
import { COLLECTED_GROWTH_BYTES, MiB } from '../../../src/net/limits.js';
import { createTurnCell } from '../../../src/net/thread-turn.js';
import { CollectedHeap, ownHeap } from '../../../src/workers/memory/collected-heap.js';

/** A heap in which so much is alive. */
function scene(live: number) {
  const heap = { used: live, collections: 0 };
  const collected = new CollectedHeap({
    usedBytes: () => heap.used,
    collect: () => {
      heap.used = live;
      heap.collections++;
      return true;
    },
  });
  const look = (used: number): number => {
    heap.used = used;
    collected.look();
    return heap.collections;
  };
  return { heap, look };
}

t.test('a heap that does not grow is left alone', (t) => {
  const { look } = scene(MiB);
  for (let minute = 0; minute < 100; minute++) t.equal(look(MiB + (minute % 2)), 0);
  t.end();
});

t.test('one that has grown is collected, and may grow as much again', (t) => {
  const { look } = scene(MiB);
  look(MiB);
  t.equal(look(MiB + COLLECTED_GROWTH_BYTES - 1), 0);
  t.equal(look(MiB + COLLECTED_GROWTH_BYTES), 1);
  t.equal(look(MiB + COLLECTED_GROWTH_BYTES - 1), 1);
  t.equal(look(MiB + COLLECTED_GROWTH_BYTES), 2);
  t.end();
});

t.test('a large one has to grow by a quarter', (t) => {
  const { look } = scene(40 * MiB);
  look(40 * MiB);
  t.equal(look(49 * MiB), 0);
  t.equal(look(50 * MiB), 1);
  t.end();
});

t.test('what V8 has collected by itself counts', (t) => {
  const { look } = scene(MiB);
  look(30 * MiB);
  look(MiB);
  t.equal(look(MiB + COLLECTED_GROWTH_BYTES), 1);
  t.end();
});

t.test('what could not be collected is tried again at the next look', (t) => {
  let used = MiB;
  const answers = [false, true];
  const collected = new CollectedHeap({
    usedBytes: () => used,
    collect: () => answers.shift() ?? t.fail('collected once more'),
  });
  collected.look();
  used += COLLECTED_GROWTH_BYTES;
  for (const left of [1, 0, 0]) {
    collected.look();
    t.equal(answers.length, left);
  }
  t.end();
});

t.test('the heap of this thread can be collected', (t) => {
  const heap = ownHeap(createTurnCell());
  let garbage: unknown[] | undefined = Array.from({ length: 400_000 }, (_, at) => ({ at }));
  heap.collect();
  const before = heap.usedBytes();
  t.equal(garbage.length, 400_000);
  garbage = undefined;
  heap.collect();
  t.ok(heap.usedBytes() < before - 4 * MiB);
  t.end();
});
