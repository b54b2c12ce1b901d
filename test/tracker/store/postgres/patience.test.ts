import t from 'tap';
import { deferred } from '../../../../src/net/deferred.js';
import { Patience } from '../../../../src/tracker/store/postgres/patience.js';

const GONE = { message: /has not answered for long/ };

void t.test('what is answered in time is passed on, and so is what fails', async (t) => {
  const patience = new Patience(2 ** 30);
  t.equal(await patience.wait(() => Promise.resolve(7)), 7);
  await t.rejects(
    patience.wait(() => Promise.reject(new Error('refused'))),
    { message: 'refused' },
  );
});

void t.test('nobody waits behind one who gave up, until that look has ended', async (t) => {
  const patience = new Patience(1);
  const answer = deferred<number>();
  await t.rejects(
    patience.wait(() => answer.promise),
    GONE,
  );
  let isAsked = false;
  const next = patience.wait(async () => (isAsked = true));
  await t.rejects(next, GONE);
  t.equal(isAsked, false, 'at once');
  answer.resolve(7);
  await new Promise(setImmediate);
  t.equal(await new Patience(2 ** 30).wait(() => Promise.resolve(8)), 8);
  await patience.wait(async () => (isAsked = true));
  t.equal(isAsked, true);
});

void t.test('one who gave up hears nothing of how the look ends', async (t) => {
  const patience = new Patience(1);
  const answer = deferred<number>();
  const looked = patience.wait(() => answer.promise);
  await t.rejects(looked, GONE);
  answer.reject(new Error('away'));
  await new Promise(setImmediate);
  t.equal(await patience.wait(() => Promise.resolve(8)), 8);
});
