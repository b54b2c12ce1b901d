import t from 'tap';
import { together } from '../../src/tracker/together.js';

void t.test('all values, in their order', async (t) => {
  t.same(await together(Promise.resolve(1), Promise.resolve('two')), [1, 'two']);
});

void t.test('what failed first by time, whichever place it has', async (t) => {
  const later = new Promise((_, reject) => {
    setImmediate(() => reject(new Error('only behind it')));
  });
  const both = together(later, Promise.reject(new Error('thwarted')));
  await t.rejects(both, { message: 'thwarted' });
});

void t.test('what the first one says that failed, once all have ended', async (t) => {
  let hasEnded = false;
  const last = new Promise<void>((resolve) => {
    setImmediate(() => {
      hasEnded = true;
      resolve();
    });
  });
  const both = together(
    Promise.reject(new Error('first')),
    Promise.reject(new Error('second')),
    last,
  );
  await t.rejects(both, { message: 'first' });
  t.equal(hasEnded, true);
});
