import { once } from 'node:events';
import { getHeapSpaceStatistics } from 'node:v8';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { LARGE_TABLE_ENTRIES, MiB } from '../../src/net/limits.js';
import { afterThreadStart, beforeTable } from '../../src/net/young-heap.js';

function youngBytes(): number {
  return getHeapSpaceStatistics().find(({ space_name: name }) => name === 'new_space')!.space_size;
}

t.test('what lives for long does not let the young heap grow after a large table', async (t) => {
  const first = youngBytes();
  beforeTable({ entries: LARGE_TABLE_ENTRIES });
  const held = Array.from({ length: 500_000 }, (_, index) => ({ path: `file ${index}` }));
  t.ok(youngBytes() <= Math.max(first, 4 * MiB), `${youngBytes()} bytes`);
  t.equal(held.length, 500_000);
});

t.test('nor does it after a thread has started', async (t) => {
  beforeTable({ entries: LARGE_TABLE_ENTRIES });
  const thread = new Worker('require("node:worker_threads").parentPort.postMessage(0)', {
    eval: true,
  });
  await once(thread, 'message');
  afterThreadStart();
  // While the thread started it may have grown.
  const first = youngBytes();
  await thread.terminate();
  const held = Array.from({ length: 500_000 }, (_, index) => ({ path: `file ${index}` }));
  t.ok(youngBytes() <= Math.max(first, 4 * MiB), `${youngBytes()} bytes`);
  t.equal(held.length, 500_000);
});
