/** Tables in terminals that are too narrow for them. */
import t from 'tap';
import { tableLines, type Column } from '../../../src/main/terminal/table.js';
import { displayWidth } from '../../../src/main/terminal/display-width.js';

const columns: readonly Column[] = [
  { name: 'name' },
  { name: 'size', kind: 'bytes' },
  { name: 'sources' },
  { name: 'partly', isFurther: true },
  { name: 'sharer' },
  { name: 'shared', isFurther: true },
];
const rows = [
  ['a film with a long name.mkv', 700_000_000, 2, 0, 'ann', '2026-11-26T22:14:07Z'],
  ['notes.txt', 6, 1, 0, 'ben', '2026-11-26T22:14:07Z'],
];

t.test('where there is room all of it is there', (t) => {
  for (const width of [undefined, 0, 200]) {
    const [header, film] = tableLines(columns, rows, width);
    t.match(header, /^NAME +SIZE  SOURCES  PARTLY  SHARER  SHARED$/);
    t.match(film, /^a film with a long name\.mkv  +667 MiB  2 +0 +ann +2026-11-26T22:14:07Z$/);
  }
  t.end();
});

t.test('names give way first, then what need not be there, and no line is too long', (t) => {
  for (let width = 36; width < 90; width++) {
    const lines = tableLines(columns, rows, width);
    for (const line of lines) t.ok(displayWidth(line) <= width, `${width}: ${line}`);
    t.match(lines[0], /^NAME +SIZE  SOURCES .*SHARER/, 'what a pipe has is always there');
    t.match(lines[1], /667 MiB  2/);
  }
  t.match(tableLines(columns, rows, 75)[0], /SHARED$/);
  t.match(tableLines(columns, rows, 60)[0], /PARTLY  SHARER$/);
  t.match(tableLines(columns, rows, 44)[0], /SOURCES  SHARER$/);
  t.equal(tableLines(columns, rows, 44)[1], 'a film wi…name.mkv  667 MiB  2        ann');
  t.end();
});

t.test('several wide columns give way together', (t) => {
  const wide = ['n'.repeat(40), 'p'.repeat(60)];
  const [, line] = tableLines([{ name: 'name' }, { name: 'path' }], [wide], 50);
  t.equal(line, `${'n'.repeat(12)}…${'n'.repeat(11)}  ${'p'.repeat(12)}…${'p'.repeat(11)}`);
  t.end();
});

t.test('what fits in no way is still told', (t) => {
  const lines = tableLines(columns, rows, 5);
  t.equal(lines.length, 3);
  t.match(lines[1], /667 MiB  2/);
  t.end();
});
