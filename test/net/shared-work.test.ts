/** Work that is shared, and bounded. */
import t from 'tap';
import { deferred } from '../../src/net/deferred.js';
import { SharedWork } from '../../src/net/shared-work.js';

t.test('what several want is done once, and so many things at a time', async (t) => {
  const shared = new SharedWork<string>(2);
  const gates = new Map(['a', 'b', 'c'].map((key) => [key, deferred<void>()]));
  const begun: string[] = [];
  const work = (key: string) => async () => {
    begun.push(key);
    await gates.get(key)?.promise;
    return `of ${key}`;
  };
  const asked = Array.from({ length: 50 }, () => ['a', 'b', 'c']).flat();
  const answers = asked.map((key) => shared.do(key, work(key)));
  t.same(begun, ['a', 'b']);
  gates.get('a')?.resolve();
  t.equal(await answers[0], 'of a');
  gates.get('b')?.resolve();
  gates.get('c')?.resolve();
  t.same(new Set(await Promise.all(answers)), new Set(['of a', 'of b', 'of c']));
  t.same(begun, ['a', 'b', 'c']);
});

t.test('what has failed is done again for the next one', async (t) => {
  const shared = new SharedWork<number>(1);
  const failing = async (): Promise<number> => Promise.reject(new Error('no'));
  const both = [shared.do('a', failing), shared.do('a', async () => 1)];
  for (const one of both) await t.rejects(one, { message: 'no' });
  t.equal(await shared.do('a', async () => 2), 2);
});
