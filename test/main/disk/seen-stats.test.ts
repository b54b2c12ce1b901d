/** What was seen of files comes back as it was, however many they are. */
import t from 'tap';
import { SeenStats } from '../../../src/main/disk/seen-stats.js';

t.test('each is found where it was put, and nothing elsewhere', async (t) => {
  const statsOf = (n: number) => {
    const time = 1_700_000_000_000_000_000n + BigInt(n);
    const what = { mode: 0o100644n, size: BigInt(n) };
    const times = { mtimeNs: time, ctimeNs: time + 1n, mtimeMs: time / 1_000_000n };
    return { ...what, ...times, ino: BigInt(7 * n), dev: 3n };
  };
  const seen = new SeenStats(3_001);
  for (let n = 0; n < 3_001; n += 2) seen.put(n, statsOf(n));
  for (let n = 0; n <= 3_001; n++) t.same(seen.at(n), n % 2 === 0 ? statsOf(n) : undefined);
});

t.test('a time that is too long in nanoseconds is right in milliseconds', async (t) => {
  const seen = new SeenStats(1);
  const mtimeMs = 14_900_000_000_000n;
  const times = { mtimeNs: mtimeMs * 1_000_000n, ctimeNs: 1n, mtimeMs };
  seen.put(0, { mode: 0o100644n, size: 1n, ino: 1n, dev: 1n, ...times });
  t.equal(seen.at(0)?.mtimeMs, mtimeMs);
});
