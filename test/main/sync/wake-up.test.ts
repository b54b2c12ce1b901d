/** Waiting ends by a word, by time, or by the signal. */
import { getEventListeners } from 'node:events';
import t from 'tap';
import { WakeUp } from '../../../src/main/sync/wake-up.js';

t.test('whatever comes first', async (t) => {
  const timers = new Set<() => void>();
  const wakeUp = new WakeUp((_ms, work) => {
    timers.add(work);
    return () => void timers.delete(work);
  });
  const { signal } = new AbortController();
  wakeUp.ring();
  await wakeUp.wait(1, signal);
  t.equal(timers.size, 0, 'what was said before is heard at once');
  const waiting = wakeUp.wait(1, signal);
  t.equal(getEventListeners(signal, 'abort').length, 1);
  wakeUp.ring();
  await waiting;
  t.equal(timers.size, 0);
  t.same(getEventListeners(signal, 'abort'), [], 'a wait leaves nothing behind');
  const timed = wakeUp.wait(1, signal);
  for (const work of timers) work();
  await timed;
  const ended = new AbortController();
  const cut = wakeUp.wait(1, ended.signal);
  ended.abort();
  await cut;
  await wakeUp.wait(1, ended.signal);
  t.equal(timers.size, 0);
});
