import t from 'tap';
import { TrackerError } from '../../src/net/errors.js';
import { withinTime } from '../../src/net/within-time.js';

/** A timer that is over when the test says so. */
function scene(timeoutMs: number) {
  const timers = new Set<() => void>();
  const controller = new AbortController();
  const late = (): TrackerError => new TrackerError('TIMEOUT', 'too late');
  const later = (waitMs: number, work: () => void): (() => void) => {
    t.equal(waitMs, timeoutMs);
    timers.add(work);
    return () => timers.delete(work);
  };
  const given = { timeoutMs, late, signal: controller.signal, later };
  const endTime = (): void => timers.forEach((work) => work());
  return { given, timers, controller, endTime };
}

const never = new Promise<string>(() => undefined);

t.test('what is done in time is the answer, and leaves no timer', async (t) => {
  const { given, timers } = scene(5);
  t.equal(await withinTime(Promise.resolve('done'), given), 'done');
  await t.rejects(withinTime(Promise.reject(new Error('no')), given), { message: 'no' });
  t.equal(timers.size, 0);
});

t.test('what takes longer is given up', async (t) => {
  const { given, timers, endTime } = scene(5);
  const waiting = withinTime(never, given);
  endTime();
  await t.rejects(waiting, { code: 'TIMEOUT', message: 'too late' });
  t.equal(timers.size, 0);
});

t.test('no time is without end, and a signal ends any', async (t) => {
  const { given, timers, controller } = scene(0);
  const waiting = withinTime(never, given);
  t.equal(timers.size, 0);
  controller.abort(new Error('enough'));
  await t.rejects(waiting, { message: 'enough' });
});
