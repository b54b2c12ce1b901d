/** The best of the late round trips. */
import t from 'tap';
import { RoundRate } from '../../../src/main/swarm/round-rate.js';

t.test('a rate is that of a whole round trip, and the best one is forgotten slowly', (t) => {
  const rate = new RoundRate(100, 0);
  rate.add(50, 50);
  t.equal(rate.bytesPerSecond, 0, 'not yet');
  rate.add(50, 100);
  t.equal(rate.bytesPerSecond, 1_000);
  rate.add(400, 300);
  t.equal(rate.bytesPerSecond, 2_000, 'over the time that really went by');
  rate.add(120, 400);
  t.equal(rate.bytesPerSecond, 1_800);
  t.end();
});

t.test('one that brings next to nothing is not taken for fast much longer', (t) => {
  const rate = new RoundRate(100, 0);
  rate.add(1_000, 100);
  rate.add(1, 200);
  t.equal(rate.bytesPerSecond, 5_000);
  rate.add(1, 400);
  t.equal(rate.bytesPerSecond, 1_250, 'each round trip counts, also those without a byte');
  t.end();
});
