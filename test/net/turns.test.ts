import t from 'tap';
import { deferred } from '../../src/net/deferred.js';
import { Turns } from '../../src/net/turns.js';

t.test('so many at a time, the others in the order in which they came', async (t) => {
  const turns = new Turns(2);
  const begun: number[] = [];
  const ends = [0, 1, 2, 3].map(() => deferred<void>());
  const work = ends.map((end, index) =>
    turns.take(async () => {
      begun.push(index);
      await end.promise;
      return index;
    }),
  );
  t.same(begun, [0, 1]);
  ends[1]!.resolve();
  t.equal(await work[1], 1);
  t.same(begun, [0, 1, 2]);
  for (const end of ends) end.resolve();
  t.same(await Promise.all(work), [0, 1, 2, 3]);
  t.same(begun, [0, 1, 2, 3]);
});

t.test('one that fails gives its place on, and says why', async (t) => {
  const turns = new Turns(1);
  const failing = turns.take(() => Promise.reject(new Error('no')));
  const next = turns.take(() => Promise.resolve('yes'));
  await t.rejects(failing, { message: 'no' });
  t.equal(await next, 'yes');
  t.equal(await turns.take(() => Promise.resolve('again')), 'again');
});
