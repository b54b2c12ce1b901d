/** The race of attempts, with a clock of its own. */
import t from 'tap';
import { deferred, type Deferred } from '../../../src/net/deferred.js';
import { firstToAnswer } from '../../../src/workers/dialling/first-to-answer.js';

const FATAL = new Error('fatal');

/** A race whose attempts end when the test says so. */
function scene(...candidates: string[]) {
  const begun: string[] = [];
  const discarded: string[] = [];
  const attempts = new Map<string, Deferred<string>>();
  const given: string[] = [];
  const calledOff = new AbortController();
  let turn: (() => void) | undefined;
  const outcome = firstToAnswer<string, string>({
    candidates,
    attempt: (candidate, signal) => {
      begun.push(candidate);
      signal.addEventListener('abort', () => given.push(candidate));
      const attempt = deferred<string>();
      attempts.set(candidate, attempt);
      return attempt.promise;
    },
    discard: (result) => discarded.push(result),
    isFatal: (error) => error === FATAL,
    staggerMs: 250,
    later: (waitMs, work) => {
      t.equal(waitMs, 250);
      turn = work;
      return () => (turn = undefined);
    },
    signal: calledOff.signal,
  });
  const settle = async (how: () => void): Promise<void> => {
    how();
    await new Promise(setImmediate);
  };
  return {
    ...{ outcome, begun, discarded, given, calledOff },
    succeed: (name: string) => settle(() => attempts.get(name)?.resolve(name)),
    fail: (name: string, error = new Error(name)) =>
      settle(() => attempts.get(name)?.reject(error)),
    elapse: () => turn?.(),
    isWaiting: () => turn !== undefined,
  };
}

t.test('the first that answers wins, and those behind it are not begun', async (t) => {
  const { outcome, begun, succeed, isWaiting } = scene('a', 'b', 'c');
  await succeed('a');
  t.same(await outcome, { won: true, result: 'a', unbegun: ['b', 'c'] });
  t.same(begun, ['a']);
  t.notOk(isWaiting());
});

t.test('who is silent holds up the next no longer, and may still win', async (t) => {
  const { outcome, begun, succeed, elapse, given, discarded } = scene('a', 'b', 'c');
  elapse();
  t.same(begun, ['a', 'b']);
  await succeed('a');
  t.same(await outcome, { won: true, result: 'a', unbegun: ['c'] });
  t.same(given, ['a', 'b'], 'the others give up');
  await succeed('b');
  t.same(discarded, ['b'], 'what comes too late is put away');
});

t.test('who fails makes room at once', async (t) => {
  const { outcome, begun, succeed, fail, isWaiting } = scene('a', 'b');
  await fail('a');
  t.same(begun, ['a', 'b']);
  t.notOk(isWaiting(), 'nobody is left to wait for');
  await succeed('b');
  t.match(await outcome, { won: true, result: 'b' });
});

t.test('when all have failed, the errors of all', async (t) => {
  const { outcome, fail, elapse } = scene('a', 'b');
  elapse();
  await fail('b');
  await fail('a');
  const ended = await outcome;
  t.match(ended, { won: false, errors: [{ message: 'b' }, { message: 'a' }] });
  t.match(await scene().outcome, { won: false, errors: [] });
});

t.test('an error that the others would meet too ends it', async (t) => {
  const { outcome, begun, fail } = scene('a', 'b');
  await fail('a', FATAL);
  t.same(await outcome, { won: false, errors: [FATAL] });
  t.same(begun, ['a']);
});

t.test('called off, all give up', async (t) => {
  const { outcome, calledOff, elapse, given, begun } = scene('a', 'b', 'c');
  elapse();
  calledOff.abort();
  t.match(await outcome, { won: false });
  t.same(given, ['a', 'b']);
  t.same(begun, ['a', 'b']);
});
