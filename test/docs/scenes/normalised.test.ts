/** What of a printed line counts when two runs are compared. */
import t from 'tap';
import { normalised } from './normalised.js';

const LINK = `p2p://192.0.2.10:8000/share-3f9a2c#${'a'.repeat(20)}.${'b'.repeat(43)}`;

const pairs: readonly (readonly [string, string])[] = [
  ['shared 2026-11-27T17:21:12Z', 'shared N'],
  ['77 B in 0.11 s (681 B/s, 9 files/s)', 'N bytes in N time (N/s, N/s)'],
  [LINK, 'p2p://192.0.2.10:8000/share-N#…'],
  ['film.mkv  100 MiB  1  ann', 'film.mkv N bytes N ann'],
  ['100 MiB in 4.02 s (24.9 MiB/s)', 'N bytes in N time (N/s)'],
  ['100 MiB in 350 ms (8 KiB/s)', 'N bytes in N time (N/s)'],
  ['film  [###---] 31 %, 2 s left', 'film [] N %, N time left'],
  ['2026-11-27 22:14:07 ben took it', 'N N ben took it'],
  ['identity 2626 99c9 f3e0 0011', 'identity ID'],
  ['at 192.0.2.10:45123, port 7001', 'at 192.0.2.10:N, port N'],
  ['p2p down ends it (pid 4711)', 'p2p down ends it (pid N)'],
];

t.test('numbers, ids, secrets and widths do not count', (t) => {
  for (const [line, expected] of pairs) t.equal(normalised(line), expected);
  t.end();
});

t.test('names, words and addresses count', (t) => {
  t.not(normalised('from: ann'), normalised('from: ben'));
  t.not(normalised('at 192.0.2.10:8000'), normalised('at 192.0.2.20:8000'));
  t.equal(normalised(normalised(LINK)), normalised(LINK));
  t.end();
});
