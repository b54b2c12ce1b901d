import t from 'tap';
import { VirtualClock } from './virtual-clock.js';

t.test('what is due happens in the order of time, and of asking', async (t) => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  for (const ms of [30, 10, 20, 10]) {
    clock.later(ms, () => seen.push(`${ms} at ${clock.now}`));
  }
  clock.soon(() => seen.push('soon'));
  clock.later(40, () => seen.push('never'))();
  await clock.run(100);
  t.same(seen, ['soon', '10 at 10', '10 at 10', '20 at 20', '30 at 30']);
  t.equal(clock.now, 100);
});

t.test('thousands of events come in order', async (t) => {
  const clock = new VirtualClock();
  let last = 0;
  let isOrdered = true;
  for (let number = 0; number < 5_000; number++) {
    clock.later((number * 7919) % 1_009, () => {
      isOrdered &&= clock.now >= last;
      last = clock.now;
    });
  }
  await clock.run(2_000);
  t.ok(isOrdered);
  t.equal(last, 1_008);
});

t.test('what comes again does so until it is taken back', async (t) => {
  const clock = new VirtualClock();
  const seen: number[] = [];
  const stop = clock.every(10, () => {
    seen.push(clock.now);
    if (seen.length === 3) stop();
  });
  await clock.run(1_000);
  t.same(seen, [10, 20, 30]);
});

t.test('it stops when it is told to, and goes on later', async (t) => {
  const clock = new VirtualClock();
  let count = 0;
  clock.every(10, () => count++);
  await clock.run(1_000, () => count === 2);
  t.equal(clock.now, 20);
  await clock.run(50);
  t.equal(count, 5);
});

t.test('promises that an event settles go on before the next event', async (t) => {
  const clock = new VirtualClock();
  const seen: string[] = [];
  let resolve = (): void => {};
  const settled = new Promise<void>((done) => (resolve = done));
  void settled.then(() => undefined).then(() => seen.push(`waited until ${clock.now}`));
  clock.later(5, () => {
    resolve();
    clock.settles();
  });
  clock.later(6, () => seen.push('next'));
  await clock.run(10);
  t.same(seen, ['waited until 5', 'next']);
});
