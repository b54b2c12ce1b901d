import fc from 'fast-check';
import t from 'tap';
import { cutToWidth, displayWidth, padToWidth } from '../../../src/main/terminal/display-width.js';
import { display } from '../../../src/net/display.js';

t.test('a width is counted in cells', (t) => {
  const widths: [string, number][] = [
    ['', 0],
    ['film.mkv', 8],
    ['Ärger', 5],
    ['A\u0308rger', 5],
    ['映画.mkv', 8],
    ['영화', 4],
    ['ｶﾀｶﾅ', 4],
    ['🎬', 2],
    ['❤️', 2],
    ['👍🏽', 2],
    ['🇮🇹', 2],
    ['𝄞', 1],
    ['…', 1],
  ];
  for (const [text, width] of widths) t.equal(displayWidth(text), width, text);
  t.end();
});

t.test('padding fills up to a width, on either side, and cuts nothing', (t) => {
  t.equal(padToWidth('映画', 6), '映画  ');
  t.equal(padToWidth('映画', 6, 'before'), '  映画');
  t.equal(padToWidth('A\u0308', 3), 'A\u0308  ');
  t.equal(padToWidth('映画', 3), '映画');
  t.end();
});

t.test('what is cut fits, and no character is cut in two', (t) => {
  t.equal(cutToWidth('abc', 2), 'ab');
  t.equal(cutToWidth('abc', -1), '');
  t.equal(cutToWidth('映画', 3), '映');
  t.equal(cutToWidth('eA\u0308x', 2), 'eA\u0308');
  t.equal(cutToWidth('a👍🏽b', 2), 'a');
  t.equal(cutToWidth('a👍🏽b', 3), 'a👍🏽');
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(30), (text, cells) => {
      const shown = display(text);
      const cut = cutToWidth(shown, cells);
      t.ok(shown.startsWith(cut));
      t.ok(displayWidth(cut) <= cells);
      if (displayWidth(shown) <= cells) t.equal(cut, shown);
    }),
  );
  t.end();
});
