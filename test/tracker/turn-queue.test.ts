import t from 'tap';
import { TurnQueue } from '../../src/tracker/turn-queue.js';

void t.test('work runs in the order in which it came, one at a time', async (t) => {
  const queue = new TurnQueue();
  const order: number[] = [];
  let running = 0;
  const work = (n: number) => async () => {
    t.equal(++running, 1);
    await Promise.resolve();
    order.push(n);
    running--;
    return n;
  };
  const turns = [1, 2, 3].map((n) => queue.run(work(n)));
  t.equal(queue.length, 3);
  t.same(await Promise.all(turns), [1, 2, 3]);
  t.same(order, [1, 2, 3]);
  await queue.idle();
  t.equal(queue.length, 0);
});

void t.test('a failure is its caller’s alone', async (t) => {
  const queue = new TurnQueue();
  const failing = queue.run(() => Promise.reject(new Error('no')));
  const next = queue.run(async () => 'yes');
  await t.rejects(failing, { message: 'no' });
  t.equal(await next, 'yes');
  await queue.idle();
});
