import fc from 'fast-check';
import t from 'tap';
import { display } from '../../src/net/display.js';

const table: readonly (readonly [what: string, text: string, shown: string])[] = [
  ['plain text', 'report 2024.pdf', 'report 2024.pdf'],
  ['other scripts and emoji', 'Überblick 図 😀', 'Überblick 図 😀'],
  ['a colour', '\u001b[31mred\u001b[0m', 'red'],
  ['a colour by 8-bit CSI', '\u009b31mred', 'red'],
  ['a window title', 'a\u001b]0;you are hacked\u0007b', 'ab'],
  ['a hyperlink', '\u001b]8;;http://x\u001b\\text\u001b]8;;\u001b\\', 'text'],
  ['a device control string', '\u001bP1;2|ab\u001b\\c', 'c'],
  ['a full reset', '\u001bcgone', 'gone'],
  ['an unfinished sequence', 'a\u001b[31', 'a\\u{1b}[31'],
  ['a sequence put together by removal', '\u001b\u001b[0m[31mx', '\\u{1b}[31mx'],
  ['bell, line ends and tab', 'a\u0007b\r\nc\td', 'a\\u{7}b\\u{d}\\u{a}c\\u{9}d'],
  ['NUL and DEL', '\u0000\u007f', '\\u{0}\\u{7f}'],
  ['C1 controls', '\u0085\u009f', '\\u{85}\\u{9f}'],
  ['bidi overrides', 'a\u202efdp.exe', 'a\\u{202e}fdp.exe'],
  [
    'bidi isolates and marks',
    '\u2066\u2069\u200e\u200f\u061c',
    '\\u{2066}\\u{2069}\\u{200e}\\u{200f}\\u{61c}',
  ],
  ['line separators', 'a\u2028b\u2029', 'a\\u{2028}b\\u{2029}'],
  ['zero width and BOM', '\u200b\ufeff', '\\u{200b}\\u{feff}'],
  ['lone surrogates', 'a\ud800b\udc00', 'a�b�'],
];

for (const [what, text, shown] of table) {
  t.test(`${what} is shown safely`, (t) => {
    t.equal(display(text), shown);
    t.end();
  });
}

t.test('long text is cut with an ellipsis, within the length and between characters', (t) => {
  t.equal(display('abcdef', 6), 'abcdef');
  t.equal(display('abcdefg', 6), 'abcde…');
  t.equal(display('ab😀cd', 4), 'ab…');
  t.equal(display('a\nbcdefgh', 5), 'a…');
  t.equal(display('abc', 0), '');
  t.equal(display('x'.repeat(1_000_000)).length, 512);
  t.end();
});

t.test('no text at all gets a control, an invisible or a too long line through', (t) => {
  const unit = fc.oneof(
    fc.constantFrom(
      '\u001b',
      '[',
      ']',
      '0',
      ';',
      'm',
      '\u0007',
      '\u009b',
      '\u009d',
      '\\',
      '\ud800',
    ),
    fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }),
  );
  fc.assert(
    fc.property(
      fc.array(unit, { maxLength: 60 }),
      fc.integer({ min: 1, max: 80 }),
      (parts, max) => {
        const shown = display(parts.join(''), max);
        return (
          shown.length <= max &&
          !/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u.test(shown) &&
          display(shown, max) === shown
        );
      },
    ),
  );
  t.end();
});
