/** What is shown of what was written. */
import t from 'tap';
import { TerminalScreen } from './terminal-screen.js';

const SIZE = { columns: 10, rows: 3 };

function shown(...texts: string[]): string[] {
  const screen = new TerminalScreen(SIZE);
  for (const text of texts) screen.write(text);
  return screen.lines;
}

const table: readonly (readonly [what: string, text: string, lines: readonly string[]])[] = [
  ['lines', 'a\r\nb\r\n', ['a', 'b']],
  ['a line that is drawn again', '10 %\r20 %', ['20 %']],
  ['a line that is erased', 'abc\u001b[2K\rd', ['d']],
  ['the rest of a line', 'abcdef\r\u001b[3C\u001b[K', ['abc']],
  ['rows that are drawn over', 'a\r\nb\r\n\u001b[2A\u001b[1G\u001b[0Jc', ['c']],
  ['a long line', '0123456789ab', ['0123456789', 'ab']],
  ['a full line and its end', '0123456789\r\nab', ['0123456789', 'ab']],
  ['a long line that is cut', '\u001b[?7l0123456789ab\u001b[?7h', ['012345678b']],
  ['what has scrolled away', '1\r\n2\r\n3\r\n4', ['1', '2', '3', '4']],
  ['going up ends at the window', '1\r\n2\r\n3\r\n4\u001b[9A\ra', ['1', 'a', '3', '4']],
  ['colours and the cursor', '\u001b[?25l\u001b[31mred\u001b[0m\u001b[?25h', ['red']],
  ['a title of the window', '\u001b]0;title\u0007a', ['a']],
  ['a place that is kept', 'a\u001b7bc\u001b8d', ['adc']],
  ['a window that is cleared', 'a\r\nb\u001b[H\u001b[2Jc', ['c']],
  ['a tab', 'a\tb', ['a       b']],
  ['what is taken out and put in', 'abcd\u001b[3D\u001b[2P\u001b[1@', ['a d']],
];

t.test('it shows what a terminal shows', (t) => {
  for (const [what, text, lines] of table) {
    t.same(shown(text), lines, what);
    t.same(shown(...text), lines, `${what}, byte by byte`);
  }
  t.end();
});

t.test('the window is the last rows', (t) => {
  const screen = new TerminalScreen(SIZE);
  screen.write('1\r\n2\r\n3\r\n4');
  t.same(screen.window, ['2', '3', '4']);
  t.same(new TerminalScreen(SIZE).window, ['', '', '']);
  t.end();
});

t.test('a sequence that it does not know is no text', (t) => {
  t.throws(() => shown('\u001b[5Z'), /CSI 5Z/);
  t.throws(() => shown('\u001b[?1049h'), /1049/);
  t.throws(() => shown('\u001bX'), /unknown sequence/);
  t.end();
});
