/** Items are worked on so many at a time, and none twice at once. */
import t from 'tap';
import { ItemTasks, type ItemTask, type TaskKind } from '../../../src/main/sync/item-tasks.js';
import { deferred } from '../../../src/net/deferred.js';

t.test('so many of a kind at a time, each item once', async (t) => {
  const begun: string[] = [];
  const ends = new Map<string, () => void>();
  let over = 0;
  const tasks = new ItemTasks({ fetch: 2, read: 1, ask: 1 }, () => over++);
  const task = (name: string, kind: TaskKind): ItemTask => ({
    name,
    kind,
    run: () => {
      begun.push(`${kind} ${name}`);
      const { promise, resolve } = deferred<undefined>();
      ends.set(name, () => resolve(undefined));
      return promise;
    },
  });
  const end = async (name: string): Promise<void> => {
    const before = over;
    ends.get(name)!();
    while (over === before) await Promise.resolve();
  };
  t.ok(tasks.isIdle);
  tasks.plan([...['a', 'b', 'c'].map((name) => task(name, 'fetch')), task('d', 'read')]);
  t.same(begun, ['fetch a', 'fetch b', 'read d']);
  t.ok(tasks.isBusy('a'));
  t.notOk(tasks.isBusy('c'));
  tasks.plan([task('a', 'read'), task('e', 'fetch')]);
  t.same(begun.length, 3, 'a is under way, and there is no room for e; c is planned no more');
  await end('a');
  t.same(begun.slice(3), ['fetch e']);
  await end('d');
  t.same(begun.slice(4), ['read a']);
  tasks.plan([task('f', 'ask'), task('g', 'ask')]);
  t.same(begun.slice(5), ['ask f']);
  const ended = tasks.end();
  for (const name of ['a', 'b', 'e', 'f']) await end(name);
  await ended;
  t.same(begun.length, 6, 'what waited is not begun');
  t.ok(tasks.isIdle);
});

t.test('one sharer has half of the places, and what is slow yields when others wait', async (t) => {
  const begun: string[] = [];
  const yielded: string[] = [];
  const ends = new Map<string, () => void>();
  let over = 0;
  const tasks = new ItemTasks({ fetch: 4, read: 1, ask: 1 }, () => over++);
  const task = (name: string, sharer: string): ItemTask => ({
    ...{ name, sharer, kind: 'fetch' },
    run: () => {
      begun.push(name);
      const { promise, resolve } = deferred<undefined>();
      ends.set(name, () => resolve(undefined));
      return promise;
    },
    isSlow: () => !name.startsWith('quick'),
    yield: () => yielded.push(name),
  });
  const end = async (name: string): Promise<void> => {
    const before = over;
    ends.get(name)!();
    while (over === before) await Promise.resolve();
  };
  tasks.plan(['quick', 'b', 'c', 'd'].map((name) => task(name, 'eve')));
  t.same(begun, ['quick', 'b']);
  tasks.plan([...['c', 'd'].map((name) => task(name, 'eve')), task('f', 'ann')]);
  t.same(begun, ['quick', 'b', 'f']);
  tasks.yieldSlow();
  t.same(yielded.splice(0), ['b'], 'f would make no place for one of eve');
  tasks.plan([]);
  tasks.yieldSlow();
  t.same(yielded, [], 'nobody waits');
  tasks.plan([task('g', 'ann'), task('h', 'ben')]);
  t.same(begun, ['quick', 'b', 'f', 'g']);
  tasks.yieldSlow();
  t.same(yielded, ['b'], 'one place is enough');
  await end('b');
  t.same(begun.slice(4), ['h']);
  const ended = tasks.end();
  for (const name of ['quick', 'f', 'g', 'h']) await end(name);
  await ended;
});
