import { getEventListeners } from 'node:events';
import t from 'tap';
import { untilAborted, whenAborted } from '../../src/net/until-aborted.js';

const forever = new Promise<never>(() => undefined);

t.test('work ends as it does while nothing is aborted, and leaves no listener', async (t) => {
  const { signal } = new AbortController();
  t.equal(await untilAborted(signal, Promise.resolve(7)), 7);
  await t.rejects(untilAborted(signal, Promise.reject(new Error('x'))), { message: 'x' });
  t.same(getEventListeners(signal, 'abort'), []);
});

t.test('an abort ends the wait at once, with its reason', async (t) => {
  const controller = new AbortController();
  const waiting = untilAborted(controller.signal, forever);
  const told = whenAborted(controller.signal);
  controller.abort(new Error('enough'));
  await t.rejects(waiting, { message: 'enough' });
  await told;
  await whenAborted(controller.signal);
  await t.rejects(untilAborted(controller.signal, forever), { message: 'enough' });
  t.same(getEventListeners(controller.signal, 'abort'), []);
});

t.test('work that fails after the abort is nobody’s unhandled rejection', async (t) => {
  let fail!: (error: Error) => void;
  const work = new Promise<never>((_resolve, reject) => (fail = reject));
  await t.rejects(untilAborted(AbortSignal.abort(new Error('enough')), work), {
    message: 'enough',
  });
  fail(new Error('late'));
  await new Promise((resolve) => setImmediate(resolve));
});
