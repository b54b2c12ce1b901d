/** Dials in turns, by source, within their bounds. */
import t from 'tap';
import { deferred } from '../../../src/net/deferred.js';
import {
  MAX_REACH_DIALS_AT_A_TIME,
  MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE,
  MAX_REACH_QUEUE_PER_SOURCE,
} from '../../../src/net/limits.js';
import { DialQueue } from '../../../src/tracker/reach/dial-queue.js';

/** A queue whose dials end when the test says so; `begun` names those that run or ran. */
function scene() {
  const queue = new DialQueue();
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  const add = (source: string, name: string): boolean =>
    queue.add(source, async () => {
      const end = deferred<void>();
      begun.push(name);
      ends.set(name, end.resolve);
      await end.promise;
    });
  const end = async (name: string): Promise<void> => {
    ends.get(name)!();
    await new Promise(setImmediate);
  };
  return { queue, begun, add, end, endAll: () => [...ends.values()].forEach((one) => one()) };
}

t.test('a source with many silent addresses waits for itself alone', async (t) => {
  const { queue, begun, add, end, endAll } = scene();
  for (let n = 0; n < MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE + 5; n++) add('liar', `liar ${n}`);
  t.equal(begun.length, MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE);
  t.equal(queue.length, 5);
  add('ann', 'ann');
  t.equal(begun.at(-1), 'ann', 'at once');
  await end('liar 0');
  t.equal(begun.at(-1), `liar ${MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE}`);
  const closed = queue.close();
  endAll();
  await closed;
  t.equal(queue.length, 0);
});

t.test('when all places are taken, sources take turns', async (t) => {
  const { queue, begun, add, end, endAll } = scene();
  const sources = MAX_REACH_DIALS_AT_A_TIME / MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE;
  for (let source = 0; source < sources; source++) {
    for (let n = 0; n < 2 * MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE; n++)
      add(`s${source}`, `s${source} ${n}`);
  }
  t.equal(begun.length, MAX_REACH_DIALS_AT_A_TIME);
  for (const name of ['ann', 'ben']) t.ok(add(name, name));
  t.equal(begun.length, MAX_REACH_DIALS_AT_A_TIME);
  for (let n = 0; n < sources + 2; n++) await end(begun[n]!);
  t.ok(begun.includes('ann') && begun.includes('ben'), 'within one round');
  const closed = queue.close();
  endAll();
  await closed;
});

t.test('a bounded number waits for each source', async (t) => {
  const { queue, add, endAll } = scene();
  const most = MAX_REACH_DIALS_AT_A_TIME_PER_SOURCE + MAX_REACH_QUEUE_PER_SOURCE;
  for (let n = 0; n < most; n++) t.ok(add('liar', String(n)));
  t.notOk(add('liar', 'one more'));
  t.ok(add('ann', 'ann'));
  const closed = queue.close();
  endAll();
  await closed;
});
