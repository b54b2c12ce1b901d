/** Progress as a bar and as lines. */
import t from 'tap';
import {
  barLine,
  ProgressBar,
  ProgressLines,
  TerminalProgress,
} from '../../../src/main/terminal/progress.js';
import { displayWidth } from '../../../src/main/terminal/display-width.js';
import { TextStream } from '../text-stream.js';

const view = {
  title: 'downloading film',
  size: 1000,
  done: 500,
  bytesPerSecond: 100,
  detail: '3 peers',
};

t.test('a bar tells the name, share, bytes, rate, time left and peers', (t) => {
  const line = barLine(view, 200);
  t.equal(
    line,
    'downloading film  [######------] 50 %, 500 B of 1000 B, 100 B/s, 5 s left, 3 peers',
  );
  t.end();
});

const long = { ...view, title: 'downloading a-film-with-a-very-long-name.part-1-of-2.mkv' };
const widths = [200, 100, 80, 60, 40, 30];
for (const columns of widths) {
  t.test(`in ${columns} columns the name keeps its begin and its end`, (t) => {
    const line = barLine(long, columns);
    t.ok(displayWidth(line) < columns, line);
    t.match(line, /^downl.*mkv {2}.*50 %/);
    t.end();
  });
}

t.test('a name cannot break a bar', (t) => {
  const line = barLine({ ...view, title: 'x\u001b[2J\n'.repeat(50) }, 60);
  t.ok(line.length < 60);
  t.notMatch(line, /[\u001b\n]/u);
  t.end();
});

t.test('a bar with a wide name is narrower than the terminal too', (t) => {
  const line = barLine({ ...view, title: '映画🎬'.repeat(50) }, 80);
  t.ok(displayWidth(line) >= 78 && displayWidth(line) <= 79);
  t.end();
});

t.test('an empty file is complete from the start', (t) => {
  t.match(barLine({ ...view, size: 0, done: 0 }, 100), /\[#{12}\] 100 %/);
  t.end();
});

t.test('a bar goes away when it is stopped and comes back with the next update', (t) => {
  const stream = new TextStream(true);
  const bar = new ProgressBar(stream, () => true);
  bar.stop();
  t.equal(stream.text, '');
  bar.update(view);
  t.match(stream.text, /50 %/);
  bar.stop();
  bar.update({ ...view, done: 1000 });
  bar.stop();
  t.match(stream.text, /100 %/);
  t.end();
});

t.test(
  'nothing of a bar stays, also where the terminal has become narrower and has broken it',
  (t) => {
    const stream = new TextStream(true);
    const bar = new ProgressBar(stream, () => true);
    bar.update(view);
    stream.columns = 20;
    stream.text = '';
    bar.stop();
    t.match(stream.text, /^\u001b\[4A\r\u001b\[2Kdown/, 'four lines where one was');
    t.match(
      stream.text,
      /\n\u001b\[J\u001b\[\dA\r\u001b\[2K\u001b\[B\u001b\[J\u001b\[A\u001b\[\?25h$/,
      'the last one is taken away',
    );
    t.end();
  },
);

t.test('a bar is not drawn while somebody else has the terminal', (t) => {
  const stream = new TextStream(true);
  const bar = new ProgressBar(stream, () => false);
  bar.update(view);
  bar.stop();
  t.equal(stream.text, '');
  t.end();
});

t.test('a line comes for each tenth and each phase, and one a minute in between', (t) => {
  let nowMs = 0;
  const stream = new TextStream();
  const lines = new ProgressLines(stream, () => nowMs);
  const taken = (): string[] => stream.text.split('\n').slice(0, -1);
  for (nowMs = 0; nowMs < 100_000; nowMs += 100) lines.update({ ...view, done: nowMs / 100 });
  t.equal(taken().length, 10, 'of 100 s one for each tenth');
  stream.text = '';
  for (; nowMs < 225_000; nowMs += 100) lines.update({ ...view, phase: 'finishing' });
  lines.stop();
  const line = 'downloading film: finishing, 50 %, 500 B of 1000 B, 100 B/s, 5 s left, 3 peers';
  t.same(taken(), [line, line, line]);
  t.end();
});

t.test('what stands still before its first line was due has it then, unless it is over', (t) => {
  let nowMs = 0;
  const waits: { readonly ms: number; readonly work: () => void }[] = [];
  const stream = new TextStream();
  const lines = new ProgressLines(
    stream,
    () => nowMs,
    (ms, work) => {
      const wait = { ms, work };
      waits.push(wait);
      return () => waits.splice(waits.indexOf(wait), 1);
    },
  );
  lines.update({ ...view, done: 0 });
  nowMs = 500;
  lines.update({ ...view, done: 10 });
  t.same(
    waits.map(({ ms }) => ms),
    [2_000],
  );
  nowMs = 2_000;
  waits.shift()!.work();
  t.equal(
    stream.text,
    'downloading film: 1 %, 10 B of 1000 B, 100 B/s, 10 s left, 3 peers\n',
    'the latest that came',
  );
  lines.update({ ...view, phase: 'finishing' });
  t.equal(waits.length, 1);
  lines.stop();
  t.equal(waits.length, 0, 'nothing is said of what is over');
  nowMs = 4_000;
  lines.update({ ...view, phase: 'finishing' });
  lines.update({ ...view, done: 900 });
  t.match(stream.text, /1 %[^]*finishing[^]*\n$/);
  t.equal(waits.length, 1);
  t.end();
});

t.test('what goes fast has a line every two seconds at most', (t) => {
  let nowMs = 0;
  const stream = new TextStream();
  const lines = new ProgressLines(stream, () => nowMs);
  for (; nowMs < 5_000; nowMs += 50) lines.update({ ...view, done: nowMs / 5 });
  t.equal(stream.text.split('\n').length - 1, 2);
  t.end();
});

t.test('what is done now stands before the bar, and stays when there is little room', (t) => {
  const checking = { ...view, title: 'film.mkv', phase: 'checking' };
  t.match(barLine(checking, 200), /^film.mkv {2}checking \[#{6}-{6}\] 50 %/);
  t.equal(barLine(checking, 34), 'film.mkv  checking 50 %, 100 B/s');
  t.equal(barLine(checking, 24), 'film.mkv  checking 50 %');
  t.equal(barLine(checking, 20), 'film.mkv  50 %');
  t.end();
});

t.test('how many of several are done is told before how many bytes', (t) => {
  const all = { ...view, detail: '1 of 5 files', parts: [] };
  t.equal(
    barLine(all, 80),
    'downloading film  [######------] 50 %, 500 B, 100 B/s, 5 s left, 1 of 5 files',
  );
  t.equal(
    barLine(all, 75),
    'downloading film  [######------] 50 %, 100 B/s, 5 s left, 1 of 5 files',
  );
  t.end();
});

t.test('of several things each has a row below all, and nothing of it stays', (t) => {
  let nowMs = 0;
  const stream = new TextStream(true);
  const progress = new TerminalProgress(
    stream,
    () => nowMs,
    () => true,
  );
  const parts = Array.from({ length: 9 }, (_, index) => ({ ...view, title: `file-${index}` }));
  progress.update({ ...view, title: 'all', parts });
  const rows = stream.text.split('\n').filter((line) => line.includes('50 %'));
  t.equal(rows.length, 6, 'one for all and five of them');
  t.match(rows[0], /all {2}\[/);
  t.match(rows[5], /file-4 {2}\[/);
  stream.text = '';
  progress.update({ ...view, title: 'all', parts });
  t.equal(stream.text, '', 'nothing is drawn twice in a moment');
  nowMs += 1_000;
  progress.update({ ...view, title: 'all', parts: [] });
  progress.stop();
  t.match(stream.text, /\u001b\[J\u001b\[A\u001b\[\?25h$/, 'cleared, and the cursor is back');
  stream.text = '';
  progress.update(view);
  progress.stop();
  t.match(stream.text, /downloading film {2}\[/, 'then a bar again');
  t.end();
});
