import fc from 'fast-check';
import t from 'tap';
import { FairQueue } from '../../src/tracker/fair-queue.js';

/** Everything, in the order in which it is taken. */
function drain<T>(queue: FairQueue<T>): T[] {
  const taken: T[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) taken.push(next);
  return taken;
}

void t.test('parties take turns, each in its own order', async (t) => {
  const queue = new FairQueue<string>();
  for (const thing of ['a1', 'a2', 'a3', 'b1', 'c1', 'c2']) queue.push(thing[0]!, thing);
  t.equal(queue.size, 6);
  t.equal(queue.sizeOf('a'), 3);
  t.same(queue.busiest(), { party: 'a', count: 3 });
  t.same(drain(queue), ['a1', 'b1', 'c1', 'a2', 'c2', 'a3']);
  t.equal(queue.size, 0);
  t.equal(queue.busiest(), undefined);
});

void t.test('the newest of a party can be taken back', async (t) => {
  const queue = new FairQueue<string>();
  for (const thing of ['a1', 'a2', 'b1']) queue.push(thing[0]!, thing);
  t.equal(queue.pop('a'), 'a2');
  t.equal(queue.pop('b'), 'b1');
  t.equal(queue.pop('b'), undefined);
  t.same(drain(queue), ['a1']);
});

void t.test('nobody waits for more than one thing of each other party', async () => {
  const arrivals = fc.array(fc.nat({ max: 4 }), { maxLength: 60 });
  fc.assert(
    fc.property(arrivals, (parties) => {
      const queue = new FairQueue<number>();
      for (const party of parties) queue.push(String(party), party);
      const order = drain(queue);
      const waits = new Map<number, number[]>();
      for (const party of order) {
        for (const [other, since] of waits) if (other !== party) since.push(party);
        const since = waits.get(party) ?? [];
        const isLast = order.lastIndexOf(party) === order.indexOf(party);
        if (!isLast && new Set(since).size !== since.length) return false;
        waits.set(party, []);
      }
      return order.length === parties.length;
    }),
  );
});
