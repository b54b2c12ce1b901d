/** Several threads that all want their collector at once. */
import { once } from 'node:events';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import t from 'tap';
import { createTurnCell } from '../../../src/net/thread-turn.js';
import { garbageCollector } from '../../../src/workers/memory/garbage-collector.js';
import type { CollectorThreadData } from './collector-thread.js';

const THREADS = 4;

t.test('threads that want it at the same moment all have it', async (t) => {
  const workerData: CollectorThreadData = {
    turn: createTurnCell(),
    here: new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT),
    threads: THREADS,
    rounds: 50,
  };
  const url = new URL('./collector-thread.js', import.meta.url);
  const threads = Array.from({ length: THREADS }, () => new Worker(url, { workerData }));
  const missing = await Promise.all(
    threads.map(async (thread) => {
      const ended = once(thread, 'exit');
      const [count] = (await once(thread, 'message')) as [number];
      await ended;
      return count;
    }),
  );
  t.same(missing, [0, 0, 0, 0]);
});

t.test('no later context has it', (t) => {
  t.type(garbageCollector(createTurnCell()), 'function');
  t.equal(runInNewContext('typeof gc'), 'undefined');
  t.end();
});
