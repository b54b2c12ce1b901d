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

void t.test('parties take turns, and each waits for itself', async (t) => {
  const queue = new TurnQueue();
  const order: string[] = [];
  const turns = ['a1', 'a2', 'a3', 'b1', 'c1', 'b2'].map((name) =>
    queue.run(async () => void order.push(name), name[0]),
  );
  t.equal(queue.length, 6);
  t.equal(queue.waitingOf('a'), 2, 'one of them runs');
  t.equal(queue.waitingOf('b'), 2);
  await Promise.all(turns);
  t.same(order, ['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
});

void t.test(
  'work that throws before it returns a promise is a failure like any other',
  async (t) => {
    const queue = new TurnQueue();
    const failing = queue.run(() => {
      throw new Error('at once');
    });
    const next = queue.run(async () => 'yes');
    await t.rejects(failing, { message: 'at once' });
    t.equal(await next, 'yes');
  },
);

void t.test('it is idle when what came meanwhile has ended as well', async (t) => {
  const queue = new TurnQueue();
  await queue.idle();
  const order: string[] = [];
  const first = queue.run(async () => {
    order.push('first');
    void queue.run(async () => void order.push('second'));
  });
  await queue.idle();
  t.same(order, ['first', 'second']);
  await first;
});
