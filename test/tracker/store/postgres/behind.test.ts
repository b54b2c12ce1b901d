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
  t.match(behind.failed, { reason: { message: 'mine' }, isBehind: false });
});

void t.test('what was asked for an answer counts too, whether somebody waits or not', async (t) => {
  const behind = new Behind();
  behind.begin(false);
  behind.asked(Promise.reject(new Error('ahead'))).catch(() => undefined);
  await t.rejects(behind.asked(Promise.reject(new Error('behind it'))), { message: 'behind it' });
  await behind.change(Promise.reject(new Error('last')));
  await behind.settled();
  t.match(behind.failed, { reason: { message: 'ahead' }, isBehind: false });
  behind.undone();
  t.equal(behind.failed, undefined);
});

void t.test('what was asked before counts for nothing that begins later', async (t) => {
  const behind = new Behind();
  behind.begin(false);
  const answer = deferred<void>();
  behind.asked(answer.promise).catch(() => undefined);
  behind.begin(false);
  answer.reject(new Error('late'));
  await behind.settled();
  t.equal(behind.failed, undefined);
});

void t.test('whoever has waited for room hears of what failed before', async (t) => {
  const behind = new Behind();
  behind.begin(false);
  await behind.change(Promise.reject(new Error('first')));
  const answer = deferred<void>();
  let isOver = false;
  const all = (async () => {
    for (let n = 0; n <= MAX_STATEMENTS_BEHIND; n++) await behind.change(answer.promise);
    isOver = true;
  })();
  setImmediate(answer.resolve);
  await t.rejects(all, { message: 'first' });
  t.equal(isOver, false);
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
