import t from 'tap';
import { deferred } from '../../../../src/net/deferred.js';
import { MAX_STATEMENTS_BEHIND } from '../../../../src/net/limits.js';
import { Behind } from '../../../../src/tracker/store/postgres/behind.js';

void t.test('a change is not waited for, and what failed first is known', async (t) => {
  const behind = new Behind();
  behind.begin(false);
  const [first, second] = [deferred<void>(), deferred<void>()];
  await behind.change(first.promise);
  await behind.change(second.promise);
  t.equal(behind.failed, undefined);
  first.reject(new Error('first'));
  second.reject(new Error('second'));
  await behind.settled();
  t.match(behind.failed, { reason: { message: 'first' } });
  behind.begin(false);
  t.equal(behind.failed, undefined, 'of the transaction before');
});

void t.test('where each is waited for, whose it is shows', async (t) => {
  const behind = new Behind();
  behind.begin(true);
  await t.rejects(behind.change(Promise.reject(new Error('mine'))), { message: 'mine' });
  t.equal(behind.failed, undefined);
});

void t.test('so many may be under way, and then the last of them is waited for', async (t) => {
  const behind = new Behind();
  behind.begin(false);
  const answer = deferred<void>();
  for (let n = 1; n < MAX_STATEMENTS_BEHIND; n++) await behind.change(answer.promise);
  let isOver = false;
  const last = behind.change(answer.promise).then(() => (isOver = true));
  await new Promise(setImmediate);
  t.equal(isOver, false);
  answer.resolve();
  await last;
  t.equal(isOver, true);
});
