/** How lists, results and remarks look on a terminal, in a pipe and as JSON. */
import t from 'tap';
import { errorLine } from '../../../src/main/terminal/error-line.js';
import { StreamOutput, type PagedList } from '../../../src/main/terminal/output.js';
import type { ClientEvent } from '../../../src/main/api/client-events.js';
import type { Column } from '../../../src/main/terminal/table.js';
import { displayWidth } from '../../../src/main/terminal/display-width.js';
import { UsageError } from '../../../src/net/errors.js';
import { TextStream } from '../text-stream.js';

const columns: Column[] = [{ name: 'name' }, { name: 'size', kind: 'bytes' }];
const rows = [
  ['a', 2048],
  ['long name', 5],
];

function open(isTTY: boolean, isJson = false) {
  const stdout = new TextStream(isTTY);
  const stderr = new TextStream(isTTY);
  return { stdout, stderr, out: new StreamOutput({ stdout, stderr, isJson }) };
}

t.test('a list in a pipe is one item per line, tab-separated, and nothing else', (t) => {
  const { out, stdout, stderr } = open(false);
  out.list(columns, rows, 'nobody is here', {});
  out.list(columns, [], 'nobody is here', {});
  t.equal(stdout.text, 'a\t2048\nlong name\t5\n');
  t.equal(stderr.text, '');
  t.end();
});

t.test('a column may be too much for a pipe, and programs get a value of their own', (t) => {
  const wide: Column[] = [{ name: 'name' }, { name: 'path', isFurther: true }];
  const texts = [open(false), open(true), open(false, true)].map(({ out, stdout }) => {
    out.list(wide, [['a', '/a']], '', { files: [{ path: '/a', sharedAtMs: 1.5 }] });
    out.settle();
    return stdout.text;
  });
  const answer = '{"version":1,"files":[{"path":"/a","sharedAtMs":2}]}\n';
  t.same(texts, ['a\n', 'NAME  PATH\na     /a\n', answer]);
  t.end();
});

t.test('a program gets one value once the command has ended, or at once of what stays', (t) => {
  const { out, stdout } = open(false, true);
  out.result({ one: 1 }, ['one']);
  t.equal(stdout.text, '', 'it may fail yet');
  out.settle();
  out.settle();
  t.equal(stdout.text, '{"version":1,"one":1}\n');
  out.ready({ two: 2 }, ['two']);
  out.settle({ thrown: new UsageError('no') });
  t.same(stdout.text.split('\n').slice(1, -1), [
    '{"version":1,"two":2}',
    '{"version":1,"error":{"code":"BAD_ARGUMENT","message":"no","status":2}}',
  ]);
  t.end();
});

t.test('a drawing is left out where the terminal would break it', (t) => {
  const drawing = { rows: ['█ █', ' █ '], tooWide: 'it takes 3 columns' };
  const textOf = (isTTY: boolean, columns: number): string => {
    const stdout = Object.assign(new TextStream(isTTY), { columns });
    new StreamOutput({ stdout, stderr: stdout, isJson: false }).result({}, ['a link'], [drawing]);
    return stdout.text;
  };
  t.equal(textOf(true, 3), 'a link\n█ █\n █ \n');
  t.equal(textOf(true, 2), 'a link\nit takes 3 columns\n');
  t.equal(textOf(false, 80), 'a link\n');
  t.end();
});

t.test('pages are shown as they come, and are one list for a program', async (t) => {
  async function* pages() {
    yield rows.slice(0, 1);
    yield rows.slice(1);
  }
  async function* broken() {
    yield rows;
    throw new UsageError('no more');
  }
  async function* nothing() {
    yield [];
  }
  type Row = (typeof rows)[number];
  const listOf = (some: AsyncIterable<readonly Row[]>): PagedList<Row> => ({
    ...{ columns, pages: some, none: 'nobody is here' },
    rowOf: (row) => row,
    valueOf: (all) => ({ rows: all }),
  });
  const piped = open(false);
  await piped.out.pages(listOf(pages()));
  t.equal(piped.stdout.text, 'a\t2048\nlong name\t5\n');
  const json = open(false, true);
  await json.out.pages(listOf(pages()));
  json.out.settle();
  t.same(JSON.parse(json.stdout.text), { version: 1, rows });
  const cut = open(false, true);
  const thrown: unknown = await cut.out.pages(listOf(broken())).catch((error: unknown) => error);
  cut.out.settle({ thrown });
  t.match(JSON.parse(cut.stdout.text), { error: { message: 'no more' }, rows: undefined });
  const empty = open(true);
  await empty.out.pages(listOf(nothing()));
  t.match(empty.stdout.text, '(nobody is here)');
});

t.test('what is remarked stands above what is drawn in place', (t) => {
  const [stdout, stderr] = [new TextStream(true), new TextStream(true)];
  const live = {
    update: (lines: readonly string[]) => void stderr.write(`[${lines.join('|')}]`),
    above: (write: () => void) => {
      stderr.write('<');
      write();
      stderr.write('>');
    },
    stop: () => void stderr.write('.'),
  };
  const out = new StreamOutput({ stdout, stderr, isJson: false, live });
  t.notOk(out.hasSpoken);
  t.ok(out.live({ columns, rows: [['a', 1]], none: '', value: {}, lines: [] }));
  t.ok(out.hasSpoken, 'nobody need be told what is waited for');
  out.note('said');
  out.progress(undefined);
  t.equal(stderr.text, '[NAME  SIZE|a      1 B]<said\n>.');
  t.end();
});

t.test('a list on a terminal is a table with a header', (t) => {
  const { out, stdout } = open(true);
  out.list(columns, rows, 'nobody is here', {});
  t.equal(stdout.text, ['NAME        SIZE', 'a          2 KiB', 'long name    5 B', ''].join('\n'));
  t.end();
});

t.test('columns stand straight whatever the names are made of', (t) => {
  const { out, stdout } = open(true);
  const names = ['映画', 'A\u0308', '🎬🇮🇹', '영화.mkv'];
  out.list(
    columns,
    names.map((name) => [name, 5]),
    '',
    {},
  );
  const lines = [
    'NAME      SIZE',
    '映画       5 B',
    'A\u0308          5 B',
    '🎬🇮🇹       5 B',
    '영화.mkv   5 B',
  ];
  t.equal(stdout.text, `${lines.join('\n')}\n`);
  t.end();
});

t.test('JSON keeps names exactly and steers no terminal', (t) => {
  const { out, stdout } = open(true, true);
  const answer = { fileName: '\u001b[31m\u202e\u009b' };
  out.list(columns, [], '', answer);
  out.settle();
  t.match(stdout.text, /^[\x20-\x7e]+\n$/);
  t.match(JSON.parse(stdout.text), answer);
  t.end();
});

t.test('names from outside move no cursor, in any form', (t) => {
  for (const isTTY of [true, false]) {
    const { out, stdout, stderr } = open(isTTY);
    out.list([{ name: 'name' }], [['x\u001b[2J\ny\tz']], '', {});
    out.result({}, ['r\u0007']);
    out.note('n\u001b]0;x\u0007');
    t.notMatch(stdout.text + stderr.text, /[\u001b\u0007\t]/u);
  }
  t.end();
});

const farsi = '\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645.txt';
const family = '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}.jpg';
for (const name of [
  'film.mkv',
  'a b',
  "o'neill",
  '映画',
  'A\u0308',
  farsi,
  family,
  '-x',
  '\u00a0',
]) {
  t.test(`${name} goes through a pipe byte for byte`, (t) => {
    const { out, stdout } = open(false);
    out.list([{ name: 'name' }, { name: 'size' }], [[name, 1]], '', {});
    out.result({}, [`[C] [g] ${name}`]);
    t.equal(stdout.text, `${name}\t1\n[C] [g] ${name}\n`);
    const terminal = open(true);
    terminal.out.list([{ name: 'name' }], [[name]], '', {});
    t.notMatch(terminal.stdout.text, /[\u200c\u200d]/);
    t.end();
  });
}

t.test('a table is no wider than its terminal; the longest column gives way', (t) => {
  const { out, stdout } = open(true);
  out.list(
    columns,
    [
      [`${'x'.repeat(200)}.mkv`, 5],
      ['映画'.repeat(60), 5],
    ],
    '',
    {},
  );
  const lines = stdout.text.trimEnd().split('\n');
  t.same(
    lines.map((line) => displayWidth(line)),
    [80, 80, 80],
  );
  t.match(lines[1], /^x+…x+\.mkv +5 B$/);
  t.end();
});

t.test('an empty table has its header', (t) => {
  const { out, stdout } = open(true);
  out.list(columns, [], 'nobody is here', {});
  t.equal(stdout.text, 'NAME  SIZE\n(nobody is here)\n');
  t.end();
});

t.test('details of a result are for terminals only', (t) => {
  const terminal = open(true);
  terminal.out.result({}, ['alice'], ['tracker: x']);
  t.equal(terminal.stdout.text, 'alice\ntracker: x\n');
  const pipe = open(false);
  pipe.out.result({}, ['alice'], ['tracker: x']);
  t.equal(pipe.stdout.text, 'alice\n');
  t.end();
});

t.test('a foreseen error is one line; a bug says how to see more', (t) => {
  t.equal(errorLine(new UsageError('no\nsuch \u001b[1mthing'), false), 'error: no\\u{a}such thing');
  const line = errorLine(new Error('bug: x'), false);
  t.equal(line, 'error: internal error: bug: x (run again with --debug to see where)');
  t.match(
    errorLine(new Error('bug: x'), true),
    /^error: internal error: bug: x\nError: bug: x\n +at /,
  );
  t.end();
});

t.test('who wants quiet gets errors, and what was asked for', (t) => {
  const stdout = new TextStream(false);
  const stderr = new TextStream(false);
  const eventLine = ({ type }: ClientEvent): string => type;
  const quiet = { stdout, stderr, isJson: false, loudness: 'quiet', eventLine } as const;
  const asked = new StreamOutput(quiet);
  t.equal(asked.hears, 'news');
  asked.note('a remark');
  asked.event({ type: 'logged-out' });
  asked.event({ type: 'share-ended', groupId: 'g', fileName: 'f' });
  asked.event({ type: 'control-fault', detail: 'oh' });
  asked.failure('error: f: gone');
  t.equal(stderr.text, 'control-fault\nerror: f: gone\n');
  asked.result({}, ['the answer']);
  asked.list(columns, rows, 'nothing', {});
  t.equal(stdout.text, 'the answer\na\t2048\nlong name\t5\n');
  const confirming = new StreamOutput({ ...quiet, isConfirming: true });
  confirming.result({}, ['it is done']);
  confirming.ready({}, ['it serves']);
  t.equal(stdout.text, 'the answer\na\t2048\nlong name\t5\n');
  const json = new StreamOutput({ ...quiet, isConfirming: true, isJson: true });
  json.result({ one: 1 }, ['it is done']);
  json.settle();
  t.match(stdout.text, /"one":1/, 'a program has asked for its answer');
  t.end();
});

t.test('who wants more hears of every step that has a line', (t) => {
  const stdout = new TextStream(false);
  const stderr = new TextStream(false);
  const eventLine = ({ type }: ClientEvent) => (type === 'share-added' ? undefined : type);
  const usual = { stdout, stderr, isJson: false, eventLine };
  const events: ClientEvent[] = [
    { type: 'share-ended', groupId: 'g', fileName: 'f' },
    { type: 'share-added', groupId: 'g', fileName: 'f', size: 1 },
    { type: 'logged-out' },
  ];
  for (const event of events) new StreamOutput(usual).event(event);
  t.equal(stderr.text, 'logged-out\n');
  const verbose = new StreamOutput({ ...usual, loudness: 'verbose' });
  t.equal(verbose.hears, 'all');
  for (const event of events) verbose.event(event);
  t.equal(stderr.text, 'logged-out\nshare-ended\nlogged-out\n');
  t.end();
});
