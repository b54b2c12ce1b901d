/** How a tracker says that it is well, over a database that answers, fails and is silent. */
import t from 'tap';
import { createBriefLook } from '../../src/tracker/brief-look.js';
import { createHealth } from '../../src/tracker/health.js';
import { deferred } from '../../src/net/deferred.js';
import type { Health } from '../../src/net/figures/status-pages.js';

function scene(known: () => Health = () => 'ok', waitMs = 1) {
  const looks: ReturnType<typeof deferred<void>>[] = [];
  const look = (): Promise<void> => {
    const one = deferred<void>();
    looks.push(one);
    return one.promise;
  };
  return { looks, health: createHealth({ look: createBriefLook(look, waitMs), known }) };
}

void t.test('a database that is silent is not waited for, and asked once by all', async (t) => {
  const { looks, health } = scene();
  t.same(await Promise.all([health(), health()]), ['not ready', 'not ready']);
  t.equal(await health(), 'not ready', 'still');
  t.equal(looks.length, 1);
  looks[0]!.resolve();
  await looks[0]!.promise;
  const after = health();
  looks[1]!.resolve();
  t.equal(await after, 'ok', 'it is looked at again once it has answered');
});

void t.test('one that answers or fails says so at once', async (t) => {
  const { looks, health } = scene(() => 'alone', 2 ** 30);
  const well = health();
  looks[0]!.resolve();
  t.equal(await well, 'alone');
  const ill = health();
  looks[1]!.reject(new Error('it is away'));
  t.equal(await ill, 'not ready');
});

void t.test('what is known needs no look', async (t) => {
  const { looks, health } = scene(() => 'not ready');
  t.equal(await health(), 'not ready');
  t.equal(looks.length, 0);
});
