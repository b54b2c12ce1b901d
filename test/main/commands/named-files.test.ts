/** Names and patterns of files: what they mean, and that one that fails keeps none of the others from it. */
import t from 'tap';
import {
  agreeTo,
  forNames,
  meantAmong,
  meantNames,
} from '../../../src/main/commands/named-files.js';
import type { Output } from '../../../src/main/terminal/output.js';
import { StorageError, TrackerError, UsageError } from '../../../src/net/errors.js';

const known = new Set(['a.dat', 'b.dat', '[a].dat', '.env', 'film.mkv']);
const gone = (name: string): TrackerError => new TrackerError('NOT_SHARED', `no ${name}`);

function scene() {
  const told: string[] = [];
  const ending = new AbortController();
  const out = { failure: (line: string) => told.push(line) } as unknown as Output;
  return { told, ending, context: { out, signal: ending.signal } };
}

t.test('a name means itself, whether it is there or not, a pattern what it matches', async (t) => {
  t.match(meantAmong(known, ['nowhere', '*.dat', 'a.dat', 'x*']), {
    names: ['nowhere', 'a.dat', 'b.dat', '[a].dat'],
    missing: ['x*'],
    wide: [{ pattern: '*.dat', names: ['a.dat', 'b.dat', '[a].dat'] }],
    isOneName: false,
  });
  t.match(meantAmong(known, ['film*']), {
    ...{ names: ['film.mkv'], isOneName: false },
    wide: [{ pattern: 'film*', names: ['film.mkv'] }],
  });
  t.match(meantAmong(known, ['film.mkv']), { names: ['film.mkv'], isOneName: true });
  t.match(meantAmong(known, ['[a].dat']), { names: ['[a].dat'] }, 'the very name goes first');
  t.match(meantAmong(known, ['\\[a].dat', '\\*']), {
    ...{ names: ['[a].dat'], missing: ['\\*'], wide: { length: 0 } },
  });
});

t.test('more can be meant by its very name than by a pattern', (t) => {
  const named = new Set([...known, 'Show [1080p].mkv', '*']);
  const stopped = 'Show [1080p].mkv';
  t.match(meantAmong(known, [stopped], named), { names: [stopped], missing: { length: 0 } });
  t.match(meantAmong(known, ['Show \\[1080p].mkv', '\\*'], named), {
    ...{ names: [stopped, '*'], missing: { length: 0 }, wide: { length: 0 } },
  });
  t.match(meantAmong(known, ['[a]*'], named), { names: ['a.dat'] });
  t.match(meantAmong(known, ['Show*'], named), { names: { length: 0 }, missing: ['Show*'] });
  t.end();
});

t.test('the list is looked at for a pattern alone, and wrong names are refused', async (t) => {
  let looks = 0;
  const list = (): Promise<ReadonlySet<string>> => {
    looks++;
    return Promise.resolve(known);
  };
  const given = (file: string, ...further: string[]) => ({ args: { file }, further, options: {} });
  t.match(await meantNames(given('a', 'b', 'a'), list), { names: ['a', 'b'] });
  t.equal(looks, 0);
  t.match(await meantNames(given('a', 'f*'), list), { names: ['a', 'film.mkv'] });
  t.equal(looks, 1);
  t.match(await meantNames(given('\\[a].dat'), list), { names: ['[a].dat'] });
  for (const word of ['b/c', 'b\\c', '\\*\\'])
    await t.rejects(meantNames(given('a', word), list), UsageError);
});

t.test('one that fails keeps none of the others from it', async (t) => {
  const { told, context } = scene();
  const tried: string[] = [];
  const { results, failures, error } = await forNames(
    context,
    meantAmong(known, ['*.dat', 'nowhere', 'x*']),
    {
      ...{ verb: 'taken back', none: (pattern) => gone(pattern), atATime: 2 },
      work: (name) => {
        tried.push(name);
        return name === 'nowhere' || name === 'b.dat'
          ? Promise.reject(gone(name))
          : Promise.resolve(name);
      },
    },
  );
  t.same(tried, ['a.dat', 'b.dat', '[a].dat', 'nowhere']);
  t.same(results, ['a.dat', '[a].dat'], 'in their order');
  t.same(
    failures.map(({ fileName, code }) => [fileName, code]),
    ['x*', 'b.dat', 'nowhere'].map((name) => [name, 'NOT_SHARED']),
  );
  t.match(error, { code: 'NOT_SHARED', message: '3 files were not taken back; see above' });
  t.same(told, ['error: x*: no x*', 'error: b.dat: no b.dat', 'error: nowhere: no nowhere']);
});

t.test('where there is one thing to do its error is that of the command', async (t) => {
  for (const word of ['nowhere', 'x*']) {
    const { told, context } = scene();
    const run = forNames(context, meantAmong(known, [word]), {
      ...{ verb: 'found', none: gone, work: (name) => Promise.reject(gone(name)) },
    });
    await t.rejects(run, { code: 'NOT_SHARED', message: `no ${word}` });
    t.same(told, []);
  }
});

t.test(
  'what every further name would meet ends all, and a bug is none of its failures',
  async (t) => {
    const { told, context } = scene();
    const tried: string[] = [];
    const lost = new TrackerError('CONNECTION_LOST', 'the tracker is gone');
    const work = (name: string): Promise<never> => {
      tried.push(name);
      return Promise.reject(lost);
    };
    const meant = meantAmong(known, ['a', 'b', 'c']);
    const { error } = await forNames(context, meant, { verb: 'paused', none: gone, work });
    t.same(tried, ['a']);
    t.same(told, ['error: a: the tracker is gone']);
    t.match(error, { code: 'CONNECTION_LOST', message: '3 files were not paused; see above' });
    const bug = new Error('bug');
    await t.rejects(
      forNames(context, meant, { verb: 'x', none: gone, work: () => Promise.reject(bug) }),
      bug,
    );
  },
);

t.test('whoever ends the command hears why, and nothing more is begun', async (t) => {
  const { ending, context } = scene();
  const reason = new StorageError('IO_ERROR', 'ended');
  const tried: string[] = [];
  const run = forNames(context, meantAmong(known, ['a', 'b']), {
    ...{ verb: 'paused', none: gone },
    work: (name) => {
      tried.push(name);
      ending.abort(reason);
      return Promise.resolve(name);
    },
  });
  await t.rejects(run, reason);
  t.same(tried, ['a']);
});

t.test('somebody at a terminal is asked about a pattern that means another name', async (t) => {
  const asked: string[] = [];
  const answers = (answer: boolean) => ({
    confirm: (question: string) => {
      asked.push(question);
      return Promise.resolve(answer);
    },
  });
  const words = { args: {}, options: {} };
  const wide = meantAmong(new Set(['a1', 'a2', 'a3', 'a4', 'a\u001b5']), ['a*']);
  await agreeTo(answers(true), words, wide, 'Go on?');
  t.same(asked, ['"a*" means 5 files (a1, a2, a3 and 2 more). Go on?']);
  await t.rejects(agreeTo(answers(false), words, wide, 'Go on?'), { code: 'CANCELLED' });
  asked.length = 0;
  await agreeTo(answers(false), { ...words, options: { yes: true } }, wide, 'Go on?');
  const themselves = meantAmong(known, ['a.dat', '[a].dat', '\\[a].dat', 'x*']);
  await agreeTo(answers(false), words, themselves, 'Go on?');
  await agreeTo({}, words, themselves, 'Go on?');
  t.same(asked, []);
  // Typed twice it would mean another file the second time.
  const one = meantAmong(new Set(['a.dat']), ['[a].dat']);
  await t.rejects(agreeTo(answers(false), words, one, 'Go on?'), { code: 'CANCELLED' });
  t.same(asked, ['"[a].dat" means 1 file (a.dat). Go on?']);
});

t.test('where nobody can be asked a name that is a pattern has to be agreed to', async (t) => {
  const words = { args: {}, options: {} };
  const all = meantAmong(new Set(['a', 'b']), ['*']);
  await t.rejects(agreeTo({}, words, all, 'Go on?'), {
    ...{ code: 'BAD_ARGUMENT', message: /^"\*" means 2 files \(a, b\), and nobody can be asked/ },
  });
  await agreeTo({}, { ...words, options: { yes: true } }, all, 'Go on?');
  await agreeTo({}, words, meantAmong(new Set(['*', 'a']), ['*']), 'Go on?');
});
