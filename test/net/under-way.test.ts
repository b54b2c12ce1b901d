import t from 'tap';
import { deferred } from '../../src/net/deferred.js';
import { UnderWay } from '../../src/net/under-way.js';

t.test('who asks meanwhile shares the work, who asks later has it done again', async (t) => {
  const underWay = new UnderWay<number>();
  const [first, other] = [deferred<number>(), deferred<number>()];
  const answers = [
    underWay.share('a', () => first.promise),
    underWay.share('a', () => t.fail('done twice') as never),
    underWay.share('b', () => other.promise),
  ];
  first.resolve(1);
  other.resolve(2);
  t.same(await Promise.all(answers), [1, 1, 2]);
  t.equal(await underWay.share('a', async () => 3), 3);
  await t.rejects(
    underWay.share('a', () => Promise.reject(new Error('broken'))),
    /broken/,
  );
  t.equal(await underWay.share('a', async () => 4), 4);
});
