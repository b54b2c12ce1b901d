import t from 'tap';
import { tellIfSlow } from '../../../src/main/control/tell-if-slow.js';
import { deferred } from '../../../src/net/deferred.js';

t.test('what takes long is told once, and its result is handed on', async (t) => {
  const [work, told] = [deferred<number>(), deferred<void>()];
  let count = 0;
  const result = tellIfSlow(
    work.promise,
    () => {
      count++;
      told.resolve();
    },
    1,
  );
  await told.promise;
  work.resolve(7);
  t.equal(await result, 7);
  t.equal(count, 1);
});

t.test('what is done, or fails, in time is not told', async (t) => {
  const tell = (): void => void t.fail('told');
  t.equal(await tellIfSlow(Promise.resolve(1), tell, 60_000), 1);
  await t.rejects(tellIfSlow(Promise.reject(new Error('no')), tell, 60_000), /no/);
});
