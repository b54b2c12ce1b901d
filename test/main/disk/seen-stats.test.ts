/** What was seen of files comes back as it was, however many they are. */
import t from 'tap';
import { SeenStats } from '../../../src/main/disk/seen-stats.js';

t.test('each is found where it was put', async (t) => {
  const seen = new SeenStats();
  const statsOf = (n: number) => {
    const time = 1_700_000_000_000_000_000n + BigInt(n);
    return { size: BigInt(n), mtimeNs: time, ctimeNs: time + 1n, ino: BigInt(7 * n), dev: 3n };
  };
  const places = Array.from({ length: 3_000 }, (_, n) => seen.add(statsOf(n)));
  for (const [n, place] of places.entries()) t.same(seen.at(place), statsOf(n));
});
