/** When a download counts as one on which nothing comes. */
import t from 'tap';
import { MAX_QUIET_LOOKS } from '../../../src/net/limits.js';
import { QuietLooks } from '../../../src/main/downloads/quiet-looks.js';

const quiet = { state: 'downloading', verified: 0, bytesPerSecond: 0 } as const;

/** The looks after which it is quiet, of so many alike. */
function firstQuiet(looks: QuietLooks, what: Parameters<QuietLooks['look']>[0], count: number) {
  const found = Array.from({ length: count }, () => looks.look(what)).indexOf(true);
  return found < 0 ? undefined : found + 1;
}

t.test('only what is downloaded, and of which nothing comes, for many looks in a row', (t) => {
  const many = 3 * MAX_QUIET_LOOKS;
  t.equal(firstQuiet(new QuietLooks(), quiet, many), MAX_QUIET_LOOKS + 1);
  for (const state of ['checking', 'finishing', 'queued'] as const)
    t.equal(firstQuiet(new QuietLooks(), { ...quiet, state }, many), undefined, state);
  t.equal(firstQuiet(new QuietLooks(), { ...quiet, bytesPerSecond: 1 }, many), undefined);
  t.end();
});

t.test('whatever comes begins the count anew', (t) => {
  for (const sign of [{ verified: 1 }, { bytesPerSecond: 5 }]) {
    const looks = new QuietLooks();
    t.equal(firstQuiet(looks, quiet, MAX_QUIET_LOOKS + 1), MAX_QUIET_LOOKS + 1);
    t.notOk(looks.look({ ...quiet, ...sign }));
    const same = { ...quiet, ...sign, bytesPerSecond: 0 };
    t.equal(firstQuiet(looks, same, MAX_QUIET_LOOKS), MAX_QUIET_LOOKS);
  }
  t.end();
});
