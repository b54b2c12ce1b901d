import t from 'tap';
import { watchSignals } from '../../../src/main/terminal/signals.js';

t.test('whoever sends SIGTERM need not wait for what does not close', async (t) => {
  let isClosing = false;
  await new Promise<void>((onLate) => {
    const watched = watchSignals({ hasTerminal: false, onLate, endWithinMs: 1 });
    t.teardown(() => watched.close());
    watched.signal.addEventListener('abort', () => (isClosing = true));
    process.emit('SIGTERM', 'SIGTERM');
    // The timer keeps no process that is done.
    const held = setInterval(() => undefined, 1_000);
    t.teardown(() => clearInterval(held));
  });
  t.equal(isClosing, true, 'everything was asked to close first');
});

t.test('what has closed is not ended again', (t) => {
  const watched = watchSignals({
    ...{ hasTerminal: false, endWithinMs: 0 },
    onLate: () => t.fail('it has closed'),
  });
  process.emit('SIGTERM', 'SIGTERM');
  t.match(watched.signal.reason, { code: 'TERMINATED' });
  watched.close();
  setTimeout(() => t.end(), 10);
});

t.test('a closed terminal ends only who has one', (t) => {
  for (const hasTerminal of [true, false]) {
    const watched = watchSignals({ hasTerminal });
    process.emit('SIGHUP', 'SIGHUP');
    t.equal(watched.signal.aborted, hasTerminal);
    t.equal(watched.isHungUp, hasTerminal);
    watched.close();
  }
  t.end();
});
