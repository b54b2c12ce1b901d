import t from 'tap';
import { OpenPace } from '../../../src/workers/fetching/open-pace.js';

t.test('so many may be opened at once as in a second, and then one after the other', (t) => {
  let nowMs = 0;
  const pace = new OpenPace(100, () => nowMs);
  const taken = (): number[] => Array.from({ length: 100 }, () => pace.takeOrWaitMs());
  t.same(new Set(taken()), new Set([0]));
  t.equal(pace.takeOrWaitMs(), 10);
  nowMs = 10;
  t.equal(pace.takeOrWaitMs(), 0);
  t.equal(pace.takeOrWaitMs(), 10);
  nowMs = 60_000;
  t.same(new Set(taken()), new Set([0]), 'a rest earns one second');
  t.equal(pace.takeOrWaitMs(), 10);
  t.end();
});
