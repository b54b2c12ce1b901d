import fc from 'fast-check';
import t from 'tap';
import { TokenBucket } from '../../src/net/token-bucket.js';

void t.test('a burst at once, then a rate', async (t) => {
  const bucket = new TokenBucket(3, 10, 1_000);
  const take = (nowMs: number) => [1, 2, 3, 4].map(() => bucket.take(nowMs));
  t.same(take(1_000), [true, true, true, false]);
  t.equal(bucket.waitMs(1_000), 100);
  t.equal(bucket.take(1_099), false);
  t.equal(bucket.take(1_100), true);
  t.same(take(1_300), [true, true, false, false]);
  t.notOk(bucket.isFull(1_300));
  t.ok(bucket.isFull(9_000));
  t.same(take(9_000), [true, true, true, false], 'it never holds more than its burst');
});

void t.test('over any time no more than burst and rate are given', async () => {
  const steps = fc.array(fc.nat({ max: 400 }), { maxLength: 200 });
  fc.assert(
    fc.property(steps, fc.integer({ min: 1, max: 20 }), (waits, perSecond) => {
      const bucket = new TokenBucket(5, perSecond, 0);
      let [nowMs, taken] = [0, 0];
      for (const wait of waits) {
        nowMs += wait;
        while (bucket.take(nowMs)) taken++;
      }
      return taken <= 5 + (nowMs / 1000) * perSecond + 0.001;
    }),
  );
});

void t.test('after the wait there is one', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 999 }), fc.nat({ max: 50 }), (perSecond, takes) => {
      const bucket = new TokenBucket(7, perSecond, 0);
      for (let n = 0; n < takes; n++) bucket.take(0);
      return bucket.take(bucket.waitMs(0));
    }),
  );
});
