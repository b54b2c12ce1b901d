import t from 'tap';
import { NeighbourQueue } from '../../../src/tracker/accounts/neighbour-queue.js';

const filled = (...networks: readonly string[]): NeighbourQueue<string> => {
  const queue = new NeighbourQueue<string>();
  for (const [index, network] of networks.entries()) queue.push(network, `${network} ${index}`);
  return queue;
};

const emptied = (queue: NeighbourQueue<string>): string[] => {
  const order: string[] = [];
  for (let next = queue.shift(); next !== undefined; next = queue.shift()) order.push(next);
  return order;
};

void t.test('neighbourhoods take turns, and in each its networks', async (t) => {
  const queue = filled('192.0.2.1', '192.0.2.1', '192.0.2.2', '192.0.2.3', '198.51.100.1');
  t.equal(queue.size, 5);
  t.same(emptied(queue), [
    '192.0.2.1 0',
    '198.51.100.1 4',
    '192.0.2.2 2',
    '192.0.2.3 3',
    '192.0.2.1 1',
  ]);
  t.equal(queue.size, 0);
});

void t.test('who has most, and what they lose', async (t) => {
  const queue = filled('192.0.2.1', '192.0.2.2', '192.0.2.2', '198.51.100.1');
  t.same(queue.busiest(), { network: '192.0.2.2', count: 3 });
  t.same(queue.busiestAround('198.51.100.9'), { network: '198.51.100.1', count: 1 });
  t.equal(queue.busiestAround('203.0.113.1'), undefined);
  t.same([queue.sizeOf('192.0.2.2'), queue.sizeAround('192.0.2.9')], [2, 3]);
  t.equal(queue.pop('192.0.2.2'), '192.0.2.2 2');
  t.equal(queue.pop('203.0.113.1'), undefined);
  t.equal(queue.pop('198.51.100.1'), '198.51.100.1 3');
  t.same([queue.size, queue.sizeAround('198.51.100.1')], [2, 0]);
  t.same(emptied(queue), ['192.0.2.1 0', '192.0.2.2 1']);
  t.equal(queue.busiest(), undefined);
});
