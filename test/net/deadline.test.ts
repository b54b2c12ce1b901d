import { once } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import t from 'tap';
import { deadlineOf } from '../../src/net/deadline.js';

const never = new AbortController().signal;

t.test('it ends when its time is over, whatever is collected meanwhile', async (t) => {
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  const ends = Array.from({ length: 100 }, () => once(deadlineOf(never, 50).signal, 'abort'));
  // As long as it takes them to be old enough to be collected.
  for (let round = 0; round < 4; round++) {
    collect();
    await new Promise(setImmediate);
  }
  const found = await Promise.all(ends);
  t.equal(found.length, 100);
});

t.test('it ends with the other signal, and tells why it has ended', (t) => {
  const other = new AbortController();
  const { signal } = deadlineOf(other.signal, 60_000);
  const { signal: released, release } = deadlineOf(other.signal, 60_000);
  release();
  other.abort(new Error('closing'));
  t.match(signal.reason, { message: 'closing' });
  t.notOk(released.aborted);
  t.ok(deadlineOf(other.signal, 60_000).signal.aborted, 'one that has been aborted before counts');
  t.end();
});
