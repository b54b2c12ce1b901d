import t from 'tap';
import { pausesUntil } from '../../../src/main/tracker-link/pauses.js';

t.test('many wait for the same without a word to the user, and all end with it', async (t) => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error): void => void warnings.push(warning);
  process.on('warning', onWarning);
  t.teardown(() => process.off('warning', onWarning));
  const ending = new AbortController();
  const pause = pausesUntil(ending.signal);
  const pauses = Array.from({ length: 20 }, () => pause(600_000));
  // A warning is told in the next turn.
  await new Promise((resolve) => setImmediate(resolve));
  ending.abort();
  await Promise.all(pauses);
  t.same(warnings, []);
});

t.test('a pause ends by itself', async () => {
  await pausesUntil(new AbortController().signal)(1);
});
