/** Progress as a bar and as lines. */
import t from 'tap';
import { barLine, ProgressBar, ProgressLines } from '../../../src/main/terminal/progress.js';
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

t.test('a bar is not drawn while somebody else has the terminal', (t) => {
  const stream = new TextStream(true);
  const bar = new ProgressBar(stream, () => false);
  bar.update(view);
  bar.stop();
  t.equal(stream.text, '');
  t.end();
});

t.test('lines come at most every two seconds, and the same one seldom', (t) => {
  let nowMs = 0;
  const stream = new TextStream();
  const lines = new ProgressLines(stream, () => nowMs);
  for (nowMs = 0; nowMs < 5_000; nowMs += 100) lines.update({ ...view, done: nowMs / 10 });
  t.equal(stream.text.split('\n').length - 1, 2);
  stream.text = '';
  for (; nowMs < 125_000; nowMs += 100) lines.update(view);
  lines.stop();
  const line = 'downloading film: 50 %, 500 B of 1000 B, 100 B/s, 5 s left, 3 peers\n';
  t.equal(stream.text, line.repeat(2));
  t.end();
});
