import t from 'tap';
import { MAX_TURN_WAIT_MS } from '../../src/net/limits.js';
import { systemClock } from '../../src/tracker/clock.js';
import { enter, openTracker } from './tracker-client.js';

/** A clock on which more passes between two looks than a turn may wait. */
function leaping(): () => number {
  let nowMs = 0;
  return () => (nowMs += 2 * MAX_TURN_WAIT_MS);
}

void t.test('however fast the rates run, a turn that has not waited is carried out', async (t) => {
  const tracker = await openTracker(t, { clock: { ...systemClock, steadyMs: leaping() } });
  const { client } = await enter(tracker, 'anna');
  t.same(await client.call('listMemberships', {}), { items: [] });
});

void t.test('the time of turns is the one by which they come too late', async (t) => {
  const tracker = await openTracker(t, { clock: { ...systemClock, turnMs: leaping() } });
  await t.rejects(enter(tracker, 'anna'), { code: 'BUSY' });
});
