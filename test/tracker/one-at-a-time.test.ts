import t from 'tap';
import { OneAtATime } from '../../src/tracker/one-at-a-time.js';

void t.test('work runs in the order in which it came, one at a time', async (t) => {
  const calls = new OneAtATime();
  const order: number[] = [];
  let running = 0;
  const work = (n: number) => async () => {
    t.equal(++running, 1);
    await Promise.resolve();
    order.push(n);
    running--;
    return n;
  };
  t.same(await Promise.all([1, 2, 3].map((n) => calls.run(work(n)))), [1, 2, 3]);
  t.same(order, [1, 2, 3]);
});

void t.test('a failure is its caller’s alone, and it is idle after it', async (t) => {
  const calls = new OneAtATime();
  await calls.idle();
  const failing = calls.run(() => {
    throw new Error('no');
  });
  const next = calls.run(async () => 'yes');
  await t.rejects(failing, { message: 'no' });
  await calls.idle();
  t.equal(await next, 'yes');
});
