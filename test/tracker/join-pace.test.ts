import t from 'tap';
import {
  JOIN_REQUEST_INTERVAL_MS,
  JOIN_REQUESTS_BURST,
  MAX_JOIN_PACE_ENTRIES,
} from '../../src/net/limits.js';
import { JoinPace } from '../../src/tracker/join-pace.js';

const refused = { code: 'TOO_MANY_ATTEMPTS' };

function scene() {
  const clock = { nowMs: 1_000 };
  const pace = new JoinPace(() => clock.nowMs);
  const ask = (user: string, group: string, times = 1): void => {
    for (let n = 0; n < times; n++) pace.take(user, group);
  };
  return { clock, ask };
}

void t.test('some at once, then one a minute, of each user and group', async (t) => {
  const { clock, ask } = scene();
  ask('mallory', 'g', JOIN_REQUESTS_BURST);
  t.throws(() => ask('mallory', 'g'), refused);
  t.doesNotThrow(() => ask('mallory', 'h'));
  t.doesNotThrow(() => ask('anna', 'g'));
  clock.nowMs += JOIN_REQUEST_INTERVAL_MS;
  ask('mallory', 'g');
  t.throws(() => ask('mallory', 'g'), refused);
});

void t.test('a bounded number is remembered', async (t) => {
  const { ask } = scene();
  ask('mallory', 'g', JOIN_REQUESTS_BURST);
  for (let n = 0; n < MAX_JOIN_PACE_ENTRIES; n++) ask(`user ${n}`, 'g');
  t.doesNotThrow(() => ask('mallory', 'g'));
});
