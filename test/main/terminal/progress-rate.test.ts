/** Rates of totals, over a clock that the test moves. */
import t from 'tap';
import { ProgressRate } from '../../../src/main/terminal/progress-rate.js';

function scene() {
  let nowMs = 1_000;
  const rate = new ProgressRate(() => nowMs);
  const after = (ms: number, total: number): number => {
    nowMs += ms;
    return rate.onTotal(total);
  };
  return { after };
}

t.test('a total that grows has a rate, of about the last two seconds', (t) => {
  const { after } = scene();
  t.equal(after(1_000, 500), 500);
  t.equal(after(1_000, 1_500), 750);
  for (let total = 1_600; total < 2_100; total += 100) after(1_000, total);
  t.equal(after(1_000, 2_100), 100, 'what came before is forgotten');
  t.end();
});

t.test('nothing that takes no time has one', (t) => {
  const { after } = scene();
  t.equal(after(0, 500), 0);
  t.end();
});

t.test('a total that shrinks makes no rate below nothing, and takes none from what came', (t) => {
  const { after } = scene();
  t.equal(after(1_000, 1_000), 1_000);
  t.equal(Math.round(after(500, 100)), 667, 'nine hundred are not counted any more');
  t.equal(after(500, 600), 750, 'the thousand of before, and five hundred');
  t.equal(after(2_000, 600), 0);
  t.end();
});
