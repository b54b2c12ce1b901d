/** Limits of groups in memory that threads share. */
import t from 'tap';
import { createGroupRates, GroupLimiter, setGroupRate } from '../../src/net/group-rates.js';
import { MAX_LIMIT_RULES } from '../../src/net/limits.js';

t.test('a limit reaches who has looked before it was set, each way for itself', (t) => {
  const rates = createGroupRates();
  const up = new GroupLimiter(rates, 'chess', 'up');
  const down = new GroupLimiter(rates, 'chess', 'down');
  const other = new GroupLimiter(rates, 'go', 'up');
  t.notOk(up.isLimited);
  t.equal(up.reserve(1_000_000), 0);
  setGroupRate(rates, 'chess', { up: 1_000, down: undefined });
  t.ok(up.isLimited);
  t.ok(up.reserve(1_000_000) > 900_000);
  t.notOk(down.isLimited || other.isLimited);
  setGroupRate(rates, 'chess', { up: undefined, down: 5 });
  t.notOk(up.isLimited);
  t.ok(down.isLimited);
  t.end();
});

t.test('groups with a limit are bounded; the row of one without is for others', (t) => {
  const rates = createGroupRates();
  const limits = { up: 1, down: 1 };
  const none = { up: undefined, down: undefined };
  const first = new GroupLimiter(rates, 'g0', 'up');
  for (let one = 0; one < MAX_LIMIT_RULES; one++) setGroupRate(rates, `g${one}`, limits);
  t.throws(() => setGroupRate(rates, 'one more', limits), /bug/);
  setGroupRate(rates, 'one more', none);
  setGroupRate(rates, 'g0', { up: 2, down: undefined });
  t.ok(new GroupLimiter(rates, `g${MAX_LIMIT_RULES - 1}`, 'down').isLimited);
  t.ok(first.isLimited);
  setGroupRate(rates, 'g0', none);
  t.notOk(first.isLimited);
  const next = new GroupLimiter(rates, 'one more', 'up');
  setGroupRate(rates, 'one more', { up: 5, down: undefined });
  t.ok(next.isLimited);
  t.notOk(first.isLimited, 'its row is that of another group');
  t.equal(first.reserve(1_000_000), 0);
  setGroupRate(rates, 'g1', none);
  setGroupRate(rates, 'g0', limits);
  t.ok(first.isLimited, 'it has another one');
  t.end();
});
