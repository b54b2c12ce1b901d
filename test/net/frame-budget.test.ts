/** How many control frames one side takes; the clock is a number. */
import t from 'tap';
import { FrameBudget } from '../../src/net/frame-budget.js';
import { MAX_CONTROL_FRAMES_PER_SECOND } from '../../src/net/limits.js';
import { codeThrownBy } from './thrown-by.js';

function scene() {
  const clock = { nowMs: 1_000, asked: 0 };
  const budget = new FrameBudget(() => {
    clock.asked++;
    return clock.nowMs;
  });
  /** Spends until the budget is used up; how many frames that were. */
  const drain = (cost = 1): number => {
    let count = 0;
    while (codeThrownBy(() => budget.spend(cost)) === undefined) count++;
    return count;
  };
  return { clock, budget, drain };
}

t.test('a second has so many frames, dear ones fewer', async (t) => {
  for (const cost of [1, 8, 512]) {
    const { drain } = scene();
    t.equal(drain(cost), MAX_CONTROL_FRAMES_PER_SECOND / cost, `frames that count ${cost}`);
  }
});

t.test('time brings frames back, never more than a second is worth', async (t) => {
  const { clock, drain } = scene();
  drain();
  clock.nowMs += 500;
  t.equal(drain(), MAX_CONTROL_FRAMES_PER_SECOND / 2);
  clock.nowMs += 3_600_000;
  t.equal(drain(), MAX_CONTROL_FRAMES_PER_SECOND);
});

t.test('what was worth its answer costs nothing, and saves nothing up', async (t) => {
  const { budget, drain, clock } = scene();
  for (let count = 0; count < 10 * MAX_CONTROL_FRAMES_PER_SECOND; count++) {
    budget.spend();
    budget.giveBack();
  }
  budget.giveBack();
  t.equal(clock.asked, 1, 'the clock is not asked for each of them');
  t.equal(drain(), MAX_CONTROL_FRAMES_PER_SECOND);
});
