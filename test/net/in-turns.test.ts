import t from 'tap';
import { atOnce, inTurns } from '../../src/net/in-turns.js';

function* counting(to: number, seen: number[]): Generator<void, string> {
  for (let step = 0; step < to; step++) {
    seen.push(step);
    yield;
  }
  return 'done';
}

t.test('all at once: nothing else comes between', (t) => {
  const seen: number[] = [];
  setImmediate(() => seen.push(-1));
  t.equal(atOnce(counting(3, seen)), 'done');
  t.same(seen, [0, 1, 2]);
  t.end();
});

t.test('in turns: what waits comes between', async (t) => {
  const seen: number[] = [];
  setImmediate(() => seen.push(-1));
  t.equal(await inTurns(counting(3, seen)), 'done');
  t.same(seen, [0, -1, 1, 2]);
});

t.test('a failure in any part is that of the whole', async (t) => {
  function* failing(): Generator<void, string> {
    yield;
    throw new Error('no');
  }
  t.throws(() => atOnce(failing()), { message: 'no' });
  await t.rejects(inTurns(failing()), { message: 'no' });
});
