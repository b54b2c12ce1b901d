import t from 'tap';
import { TokenBuckets } from '../../src/net/token-buckets.js';

t.test('each key has a bucket of its own, and the one that is silent longest is forgotten', (t) => {
  const buckets = new TokenBuckets({ burst: 2, intervalMs: 1_000, most: 2 });
  t.equal(buckets.waitMs('a', 0), 0);
  t.same(
    [1, 2, 3].map(() => buckets.take('a', 0)),
    [true, true, false],
  );
  t.equal(buckets.waitMs('a', 0), 1_000);
  t.equal(buckets.take('b', 0), true);
  buckets.giveBack('a', 0);
  buckets.giveBack('unknown', 0);
  t.same(
    [1, 2].map(() => buckets.take('a', 0)),
    [true, false],
  );
  t.equal(buckets.take('c', 0), true);
  t.equal(buckets.take('a', 0), false, 'it was heard of later than the one that went');
  t.same(
    [1, 2, 3].map(() => buckets.take('b', 0)),
    [true, true, false],
  );
  t.end();
});
