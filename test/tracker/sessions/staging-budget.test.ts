import t from 'tap';
import {
  MAX_STAGED_BYTES_PER_USER,
  MAX_STAGED_DESCRIPTION_BYTES,
  MiB,
  STAGING_SILENCE_MS,
} from '../../../src/net/limits.js';
import { StagingBudget } from '../../../src/tracker/sessions/staging-budget.js';
import { FakeClock } from '../fake-clock.js';

function scene() {
  const clock = new FakeClock();
  const budget = new StagingBudget(clock);
  const taken: string[] = [];
  const take = (userId: string, mebibytes: number, name = userId) =>
    budget.take(userId, mebibytes * MiB, () => taken.push(name));
  return { clock, budget, taken, take };
}
const USERS = MAX_STAGED_DESCRIPTION_BYTES / MAX_STAGED_BYTES_PER_USER;
const BUSY = { code: 'BUSY' };

void t.test('a user has a bounded part of it', async (t) => {
  const { take, budget } = scene();
  const first = take('anna', 16);
  take('anna', 16);
  t.throws(() => take('anna', 1), BUSY);
  t.doesNotThrow(() => take('ben', 1));
  first.free();
  first.free();
  t.doesNotThrow(() => take('anna', 16));
  t.equal(budget.bytes, 33 * MiB);
});

void t.test('who is silent loses their place, who goes on keeps it', async (t) => {
  const { take, clock, taken, budget } = scene();
  take('anna', 1);
  const ben = take('ben', 1);
  clock.advance(STAGING_SILENCE_MS - 1);
  ben.touch();
  clock.advance(1);
  t.same(taken, ['anna']);
  clock.advance(2 * STAGING_SILENCE_MS);
  t.same(taken, ['anna', 'ben']);
  t.equal(budget.bytes, 0);
  t.equal(clock.timerCount, 0);
});

void t.test('where all is taken the one who holds most makes room', async (t) => {
  const { take, taken, clock } = scene();
  for (let n = 0; n < USERS; n++) {
    for (const part of ['a', 'b']) take(`user ${n}`, 16, `user ${n} ${part}`);
    clock.advance(1);
  }
  take('honest', 1);
  t.same(taken, ['user 0 a'], 'the one that was silent longest');
  take('honest', 15);
  t.same(taken, ['user 0 a'], 'there is room now');
  take('another', 16);
  t.same(taken, ['user 0 a', 'user 1 a']);
  t.throws(() => take('greedy', 32), BUSY, 'who would hold as much as the others is refused');
});

void t.test('closing leaves no timer', async (t) => {
  const { take, budget, clock } = scene();
  take('anna', 1);
  t.equal(clock.timerCount, 1);
  budget.close();
  budget.close();
  t.equal(clock.timerCount, 0);
});
