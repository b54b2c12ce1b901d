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

t.test('what matters least goes first where there is no room for all', (t) => {
  const spared: readonly Column[] = [
    { name: 'name' },
    { name: 'group', spare: 2 },
    { name: 'size', kind: 'bytes', spare: 3 },
    { name: 'path', spare: 1 },
  ];
  const row = ['a film with a long name.mkv', 'film-club', 700_000_000, '/home/ann/films/a film'];
  const header = (width: number): string => tableLines(spared, [row], width)[0]!;
  t.match(header(80), /^NAME +GROUP +SIZE +PATH$/);
  t.match(header(42), /^NAME +GROUP +SIZE +PATH$/);
  t.match(header(41), /^NAME +GROUP +SIZE$/);
  t.match(header(29), /^NAME +SIZE$/);
  t.match(header(18), /^NAME$/);
  for (let width = 10; width < 90; width++)
    for (const line of tableLines(spared, [row], width)) t.ok(displayWidth(line) <= width, line);
  t.end();
});

t.test('what tells little when it is cut stays whole until nothing else can give way', (t) => {
  const spared: readonly Column[] = [
    { name: 'state', isWhole: true },
    { name: 'name' },
    { name: 'left', spare: 2 },
    { name: 'to', spare: 1 },
  ];
  const row = ['waits for the disk (3 min)', 'a film with a name.mkv', '12 min', '/home/ann/film'];
  const lines = (width: number): string[] => tableLines(spared, [row], width);
  t.match(lines(58), [/^STATE +NAME +LEFT +TO$/, /^waits for the disk \(3 min\)  a f/]);
  t.match(lines(57), [/^STATE +NAME +LEFT$/, /^waits for the disk \(3 min\)  a f/]);
  t.match(lines(38), [/^STATE +NAME$/, /^waits for the disk \(3 min\)  a fil…\.mkv$/]);
  t.match(lines(30), [/^STATE +NAME$/, /^waits for… \(3 min\)  a fil…\.mkv$/]);
  for (let width = 22; width < 90; width++)
    for (const line of lines(width)) t.ok(displayWidth(line) <= width, line);
  t.end();
});

t.test('a rate says of what', (t) => {
  const columns: readonly Column[] = [{ name: 'user' }, { name: 'rate', kind: 'rate' }];
  t.equal(tableLines(columns, [['ann', 2_097_152]])[1], 'ann   2 MiB/s');
  t.end();
});
