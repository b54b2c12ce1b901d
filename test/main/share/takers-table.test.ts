/** The table of a share, as it stands on a terminal of 80 columns. */
import t from 'tap';
import type { Taker } from '../../../src/main/api/takers.js';
import { showTakers } from '../../../src/main/share/show-takers.js';
import { TakersTable } from '../../../src/main/share/takers-table.js';
import { tableLines } from '../../../src/main/terminal/table.js';

const GiB = 1024 ** 3;

const ben: Taker = {
  ...{ userId: 'ben', deviceId: 'b', remote: '::ffff:192.0.2.7:4000', fileName: 'film.mkv' },
  ...{ isTaking: true, files: 1, sent: 0, wanted: 4 * GiB },
};

function shown(table: TakersTable, takers: readonly Taker[]): string[] {
  const { columns, rows } = table.of(takers);
  return tableLines(columns, rows, 80);
}

t.test('it says who takes what, how much of it they have, how fast, and from where', async (t) => {
  const clock = { nowMs: 0 };
  const table = new TakersTable(() => clock.nowMs);
  t.match(shown(table, [{ ...ben, sent: 5 }])[1], / {2}0 B\/s {2}/, 'no time has passed');
  clock.nowMs = 1_000;
  const cy: Taker = {
    ...{ userId: 'cy', deviceId: 'c', remote: '192.0.2.1:8000', way: 'relayed' },
    ...{ isTaking: false, files: 3, sent: 600, wanted: 512 },
  };
  t.same(shown(table, [{ ...ben, sent: GiB }, cy]), [
    'NAME  TAKES     GOT            RATE     FROM',
    'ben   film.mkv  25 % of 4 GiB  1 GiB/s  192.0.2.7',
    'cy    3 files   512 B                   relayed',
  ]);
  clock.nowMs = 10_000;
  t.match(shown(table, [{ ...ben, sent: GiB }])[1], / {2}0 B\/s {2}/, 'nothing came since');
});

t.test('whatever the names are, a row has room for all figures, and no name steers', async (t) => {
  const odd: Taker = {
    ...ben,
    ...{ userId: `\u001b[2J${'名'.repeat(60)}`, fileName: `\u001b]0;x\u0007${'n'.repeat(200)}` },
    ...{ sent: 1.23 * GiB, wanted: 4.56 * GiB, remote: '192.168.100.200:65535' },
  };
  const [, row = ''] = shown(new TakersTable(() => 0), [odd]);
  t.match(row, /26 % of 4\.56 GiB {2}0 B\/s {2}192\.168\.100\.200$/);
  t.match(row, /^名+…名+ {2}n+…n+ {2}/);
  t.notMatch(row, '\u001b');
});

t.test('it is drawn until the end, and not where nothing can be drawn', async (t) => {
  const ended = new AbortController();
  let draws = 0;
  let stops = 0;
  const out = {
    live: () => {
      if (++draws === 2) ended.abort();
      return true;
    },
    progress: () => void stops++,
  };
  await showTakers({ takers: () => [] }, out, ended.signal);
  t.same([draws, stops], [2, 1]);
  await showTakers(
    { takers: () => [] },
    { ...out, live: () => false },
    new AbortController().signal,
  );
});
