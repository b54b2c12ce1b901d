import t from 'tap';
import { ACTIVITY_INTERVAL_MS, MAX_ACTIVITY_ENTRIES } from '../../src/net/limits.js';
import { Activity } from '../../src/tracker/activity.js';
import type { LogEntry } from '../../src/tracker/log.js';
import { FakeClock } from './fake-clock.js';

function scene() {
  const clock = new FakeClock();
  const logged: LogEntry[] = [];
  const events: string[] = [];
  const activity = new Activity({
    clock,
    log: (entry) => logged.push(entry),
    onEvent: (kind) => events.push(kind),
  });
  return { clock, logged, events, activity };
}

const outcomes: readonly [string, string, LogEntry | undefined][] = [
  ['login', 'ok', entry('info', 'login')],
  ['resume', 'ok', undefined],
  ['login', 'WRONG_PASSWORD', entry('warn', 'login failed')],
  ['login', 'TOO_MANY_ATTEMPTS', entry('warn', 'locked out', 'login')],
  ['createGroup', 'ok', entry('info', 'group created')],
  ['joinGroup', 'ok', entry('info', 'join requested')],
  ['joinGroup', 'ALREADY_MEMBER', undefined],
  ['acceptRequest', 'ok', entry('info', 'member accepted')],
  ['kick', 'ok', entry('info', 'member kicked')],
  ['kick', 'NOT_OWNER', undefined],
  ['ban', 'ok', entry('info', 'user banned')],
  ['setRole', 'ok', entry('info', 'role given')],
  ['createGroup', 'LIMIT_REACHED', entry('warn', 'bound reached', 'createGroup LIMIT_REACHED')],
  ['login', 'BUSY', entry('warn', 'bound reached', 'login BUSY')],
  ['listGroups', 'ok', undefined],
];

function entry(level: LogEntry['level'], event: string, about?: string): LogEntry {
  return { level, event, fields: { address: '192.0.2.7', about, count: 1 } };
}

for (const [method, result, expected] of outcomes) {
  void t.test(`${method} ${result} is ${expected?.event ?? 'nothing to tell'}`, async (t) => {
    const { clock, logged, events, activity } = scene();
    activity.onAnswered(method, result, '192.0.2.7');
    t.same(logged, [], 'not at once');
    t.same(events, expected ? [expected.event] : []);
    clock.advance(ACTIVITY_INTERVAL_MS);
    t.same(logged, expected ? [expected] : []);
    t.equal(clock.timerCount, 0);
  });
}

void t.test('a flood is a line for each kind, address and minute', async (t) => {
  const { clock, logged, activity } = scene();
  for (let n = 0; n < 5_000; n++) activity.note('login failed', n % 2 ? '192.0.2.1' : '192.0.2.2');
  activity.note('locked out', '192.0.2.1');
  clock.advance(ACTIVITY_INTERVAL_MS);
  t.same(
    logged.map(({ event, fields }) => [event, fields?.['address'], fields?.['count']]),
    [
      ['login failed', '192.0.2.2', 2_500],
      ['login failed', '192.0.2.1', 2_500],
      ['locked out', '192.0.2.1', 1],
    ],
  );
  activity.note('login', '192.0.2.1');
  clock.advance(ACTIVITY_INTERVAL_MS);
  t.equal(logged.length, 4, 'the next minute begins anew');
});

void t.test('of many addresses those that do not fit are one line', async (t) => {
  const { logged, activity, clock } = scene();
  for (let n = 0; n < MAX_ACTIVITY_ENTRIES + 500; n++) activity.note('login failed', `${n}`);
  activity.note('login failed', '7');
  activity.flush();
  t.equal(logged.length, MAX_ACTIVITY_ENTRIES + 1);
  t.match(logged.at(-1), { fields: { address: 'others', count: 500 } });
  t.match(logged[7], { fields: { address: '7', count: 2 } });
  t.equal(clock.timerCount, 0);
});
