import t from 'tap';
import { StorageError, TrackerError, type P2pError } from '../../../src/net/errors.js';
import { MAX_FAILURES_LISTED, MAX_NAMES_AT_ONCE } from '../../../src/net/limits.js';
import { inRequests, type Answers } from '../../../src/main/commands/in-requests.js';

const none = new TrackerError('NO_SUCH_DOWNLOAD', 'none');

/** What was asked for, and how that is answered. */
function scene(answers: (names: readonly string[]) => Answers<string>) {
  const asked: (string | readonly string[])[] = [];
  const requests = {
    several: async (names: readonly string[]) => {
      asked.push(names);
      return answers(names);
    },
    one: async (name: string) => {
      asked.push(name);
      throw none;
    },
    leftOut: (name: string) => new TrackerError('NO_SUCH_DOWNLOAD', `${name} is left out`),
  };
  return { asked, requests };
}

const all = (names: readonly string[]) => new Map(names.map((name) => [name, `done ${name}`]));
const many = (count: number): string[] => Array.from({ length: count }, (_, at) => `file ${at}`);

t.test('thousands of names are a few requests', async (t) => {
  const { asked, requests } = scene(all);
  const names = many(2 * MAX_NAMES_AT_ONCE + 1);
  const work = inRequests(names, requests);
  for (const name of names) t.equal(await work(name), `done ${name}`);
  t.same(
    asked.map(({ length }) => length),
    [MAX_NAMES_AT_ONCE, MAX_NAMES_AT_ONCE, 1],
  );
  t.same(asked.flat(), names);
});

t.test('one name is asked for by itself', async (t) => {
  const { asked, requests } = scene(all);
  await t.rejects(inRequests(['a'], requests)('a'), none);
  t.same(asked, ['a']);
});

t.test('each name has its own failure', async (t) => {
  const full = new StorageError('DISK_FULL', 'full');
  const { asked, requests } = scene(
    () =>
      new Map<string, string | P2pError>([
        ['a', full],
        ['b', 'b'],
      ]),
  );
  const work = inRequests(['a', 'b', 'c'], requests);
  await t.rejects(work('a'), full);
  t.equal(await work('b'), 'b');
  await t.rejects(work('c'), none, 'what is left out is asked for, and says why');
  t.same(asked, [['a', 'b', 'c'], 'c']);
});

t.test('what is left out is asked for only so often', async (t) => {
  const { asked, requests } = scene(() => {
    throw none;
  });
  const names = many(MAX_FAILURES_LISTED + 2);
  const work = inRequests(names, requests);
  for (const name of names) await t.rejects(work(name), { code: 'NO_SUCH_DOWNLOAD' });
  t.equal(asked.length, 1 + MAX_FAILURES_LISTED);
  await t.rejects(work('file 3'), { message: 'file 3 is left out' });
});

t.test('a request that fails fails for all of its names', async (t) => {
  const lost = new TrackerError('CONNECTION_LOST', 'lost');
  const { asked, requests } = scene(() => {
    throw lost;
  });
  const work = inRequests(['a', 'b'], requests);
  await t.rejects(work('a'), lost);
  await t.rejects(work('b'), lost);
  t.equal(asked.length, 1);
});
