/** Waits that are longer than a timer can be. */
import t from 'tap';
import { laterInParts } from '../../src/net/later.js';

const LONGEST_MS = 2 ** 31 - 1;

/** Timers that end when the test says so; notes how long each is. */
function scene(waitMs: number) {
  const waits: number[] = [];
  let [running, isDone]: [(() => void) | undefined, boolean] = [undefined, false];
  const later = laterInParts((ms, work) => {
    waits.push(ms);
    running = work;
    return () => (running = undefined);
  });
  const takeBack = later(waitMs, () => (isDone = true));
  const elapse = (): void => {
    const work = running;
    running = undefined;
    work?.();
  };
  return { waits, elapse, takeBack, isRunning: () => running !== undefined, isDone: () => isDone };
}

t.test('a long wait is waited in parts, to its end', (t) => {
  const { waits, elapse, isDone, isRunning } = scene(2 * LONGEST_MS + 5);
  for (let parts = 0; parts < 2; parts++) {
    elapse();
    t.notOk(isDone());
  }
  elapse();
  t.ok(isDone());
  t.notOk(isRunning());
  t.same(waits, [LONGEST_MS, LONGEST_MS, 5]);
  t.end();
});

t.test('one that a timer can be is one, also of no time', (t) => {
  for (const waitMs of [0, 1, LONGEST_MS]) {
    const { waits, elapse, isDone } = scene(waitMs);
    t.notOk(isDone());
    elapse();
    t.ok(isDone());
    t.same(waits, [waitMs]);
  }
  t.end();
});

t.test('it is taken back in every part', (t) => {
  const { elapse, takeBack, isDone, isRunning } = scene(LONGEST_MS + 5);
  elapse();
  t.ok(isRunning());
  takeBack();
  t.notOk(isRunning());
  elapse();
  t.notOk(isDone());
  t.end();
});
