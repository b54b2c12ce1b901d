import t from 'tap';
import { MAX_AWAKE_GAP_MS } from '../../../src/net/limits.js';
import { AwakeClock } from '../../../src/main/downloads/awake-clock.js';

t.test('it goes with the steady clock while it is asked often', async (t) => {
  let steadyMs = 5_000;
  const clock = new AwakeClock(() => steadyMs);
  t.equal(clock.nowMs(), 5_000);
  for (let ask = 0; ask < 100; ask++) {
    steadyMs += MAX_AWAKE_GAP_MS;
    clock.nowMs();
  }
  t.equal(clock.nowMs(), steadyMs);
});

t.test('a night asleep is a moment', async (t) => {
  let steadyMs = 0;
  const clock = new AwakeClock(() => steadyMs);
  steadyMs += 8 * 3_600_000;
  t.equal(clock.nowMs(), MAX_AWAKE_GAP_MS);
  steadyMs += 250;
  t.equal(clock.nowMs(), MAX_AWAKE_GAP_MS + 250, 'and goes on from there');
});
