import t from 'tap';
import { encode } from 'uqr';
import { displayWidth } from '../../../src/main/terminal/display-width.js';
import { shownLine } from '../../../src/main/terminal/shown-line.js';
import { qrLines } from '../../../src/main/terminal/qr-code.js';

const link = `p2p://192.0.2.10:8000/films#${'a'.repeat(20)}.${'b'.repeat(43)}`;

/** Reads the drawn halves back: true is dark. */
function rowsOf(lines: readonly string[]): boolean[][] {
  const dark = { ' ': [true, true], '▀': [false, true], '▄': [true, false], '█': [false, false] };
  return lines.flatMap((line) => {
    const cells = [...line].map((half) => dark[half as keyof typeof dark]);
    return [0, 1].map((part) => cells.map((cell) => cell[part]!));
  });
}

void t.test('what is drawn is the code, with light around it', (t) => {
  const { data, size } = encode(link, { ecc: 'L', border: 2 });
  const rows = rowsOf(qrLines(link)).slice(0, size);
  t.same(rows, data);
  const edges = [...rows.slice(0, 2), ...rows.slice(-2)];
  t.ok(edges.every((row) => row.every((isDark) => !isDark)));
  t.ok(rows.every((row) => [...row.slice(0, 2), ...row.slice(-2)].every((isDark) => !isDark)));
  t.end();
});

void t.test('it fits a terminal of 80 columns and 24 lines, and nothing of it is escaped', (t) => {
  const lines = qrLines(link);
  t.ok(lines.length <= 24, `${lines.length} lines`);
  for (const line of lines) {
    t.ok(displayWidth(line) <= 80);
    t.equal(shownLine(line), line);
  }
  t.end();
});
