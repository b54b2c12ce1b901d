import { getHeapSpaceStatistics } from 'node:v8';
import t from 'tap';
import { LARGE_TABLE_ENTRIES, MiB } from '../../src/net/limits.js';
import { beforeTable } from '../../src/net/young-heap.js';

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
