/** Screens at moments, and what they make of a line. */
import t from 'tap';
import { shownLines, thinned, type Frame } from './film.js';

const frames: readonly Frame[] = [
  { atMs: 0, panes: [['a', ''], ['x']] },
  { atMs: 100, panes: [['a', 'b'], ['x']] },
  { atMs: 200, panes: [['c', 'b'], ['x']] },
];

t.test('a line is there until another one takes its place', (t) => {
  const lines = shownLines(frames, 300).map((line) => Object.values(line).join(' '));
  t.same(lines.sort(), ['0 0 a 0 200', '0 0 c 200 300', '0 1 b 100 300', '1 0 x 0 300']);
  t.same(shownLines([], 300), []);
  t.end();
});

t.test('of the frames in one interval the last one counts', (t) => {
  const many = [0, 10, 90, 100, 250].map((atMs) => ({ atMs, panes: [[`${atMs}`]] }));
  t.same(
    thinned(many, 100).map(({ atMs, panes }) => [atMs, panes[0]![0]]),
    [
      [0, '90'],
      [100, '100'],
      [200, '250'],
    ],
  );
  t.end();
});
