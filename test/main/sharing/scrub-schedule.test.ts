/** When a scrub reads what, by a clock that the test turns. */
import t from 'tap';
import { SCRUB_ROUND_MS } from '../../../src/net/limits.js';
import { ScrubSchedule } from '../../../src/main/sharing/scrub-schedule.js';

const FIRST = { groupId: '', name: '', piece: 0 };
const film = { groupId: 'g', name: 'film', piece: 3 };

t.test('the first round begins at once, and goes from place to place', (t) => {
  const schedule = new ScrubSchedule(undefined);
  t.equal(schedule.round, undefined);
  t.same(schedule.step(100), { kind: 'read', from: FIRST });
  schedule.onReached(film);
  t.same(schedule.step(200), { kind: 'read', from: film });
  t.same(schedule.round, { startedAtMs: 100, next: film });
  t.end();
});

t.test('a round that is over is followed by rest until a month after it began', (t) => {
  const schedule = new ScrubSchedule({ startedAtMs: 100, next: film });
  schedule.onReached(undefined);
  t.same(schedule.step(100 + SCRUB_ROUND_MS - 7), { kind: 'rest', ms: 7 });
  t.same(schedule.step(100 + SCRUB_ROUND_MS), { kind: 'read', from: FIRST });
  t.same(schedule.round, { startedAtMs: 100 + SCRUB_ROUND_MS, next: FIRST });
  t.end();
});

t.test('one that took longer than a month is followed by the next', (t) => {
  const schedule = new ScrubSchedule({ startedAtMs: 0, next: film });
  schedule.onReached(undefined);
  t.match(schedule.step(2 * SCRUB_ROUND_MS), { kind: 'read', from: FIRST });
  t.end();
});

t.test('it goes on where the last run was, whatever the clock says', (t) => {
  for (const nowMs of [0, 50, 100, 10 * SCRUB_ROUND_MS]) {
    const schedule = new ScrubSchedule({ startedAtMs: 100, next: film });
    t.same(schedule.step(nowMs), { kind: 'read', from: film });
  }
  t.end();
});

t.test('a clock that was set back does not put off the next round for longer than a round', (t) => {
  const schedule = new ScrubSchedule({ startedAtMs: 5 * SCRUB_ROUND_MS, next: undefined });
  t.match(schedule.step(SCRUB_ROUND_MS), { kind: 'read' });
  t.same(schedule.round?.startedAtMs, SCRUB_ROUND_MS);
  t.end();
});
