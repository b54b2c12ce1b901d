/** Cutting a line into words, and quoting a word so that it survives. */
import { execFileSync } from 'node:child_process';
import fc from 'fast-check';
import t from 'tap';
import {
  quoteArguments,
  quoteShellWord,
  splitShellWords,
} from '../../../src/main/terminal/shell-words.js';
import { UsageError } from '../../../src/net/errors.js';

const lines: [title: string, line: string, words: string[]][] = [
  ['an empty line has no words', '', []],
  ['blanks alone are no words', ' \t ', []],
  ['blanks separate', ' a  b\tc ', ['a', 'b', 'c']],
  ['ids that look like numbers stay what they are', '0123 1e5', ['0123', '1e5']],
  ['double quotes keep blanks', 'x "a b" y', ['x', 'a b', 'y']],
  ['single quotes keep everything', `'a "b" \\ c'`, ['a "b" \\ c']],
  ['quotes in the middle of a word join', `a"b c"'d e'f`, ['ab cd ef']],
  ['an empty pair of quotes is an empty word', `a "" ''`, ['a', '', '']],
  ['a backslash keeps the next character', 'a\\ b \\"', ['a b', '"']],
  ['double quotes escape only quote and backslash', '"\\"\\\\\\n"', ['"\\\\n']],
];

for (const [title, line, words] of lines) {
  t.test(title, (t) => {
    t.same(splitShellWords(line), words);
    t.end();
  });
}

t.test('what is not closed is refused with a hint', (t) => {
  for (const line of ['"a', "'a", 'a\\', '"a\\"']) {
    t.throws(() => splitShellWords(line), UsageError, line);
  }
  t.end();
});

t.test('a quoted word is read as it was', (t) => {
  fc.assert(
    fc.property(fc.array(fc.string()), (words) => {
      t.same(splitShellWords(words.map(quoteShellWord).join(' ')), words);
    }),
    { numRuns: 200 },
  );
  t.end();
});

const hostile: readonly string[] = [
  '$(touch pwned)',
  '`touch pwned`',
  'a;touch pwned',
  'a|b',
  'a&b',
  'a>b',
  '<a',
  '$HOME',
  '*',
  '?',
  '~',
  '#a',
  '!!',
  "it's",
  "'$(touch pwned)'",
  'a"b',
  'a\\b',
  '(a)',
  '{a,b}',
  '[a]',
  'a b',
  '=ls',
  '',
  '^a',
  'a\nb',
];

t.test('a real shell takes a quoted word for what it is, and so do we', (t) => {
  for (const word of hostile) {
    const quoted = quoteShellWord(word);
    t.same(splitShellWords(quoted), [word], word);
    const said = execFileSync('sh', ['-c', `printf '%s' ${quoted}`]);
    t.equal(said.toString(), word, quoted);
  }
  for (const word of ['ann', 'ann@example.org', 'a-b_c.d', '/tmp/x', 'Jürgen', '図書館', 'a=b']) {
    t.equal(quoteShellWord(word), word);
  }
  t.end();
});

void t.test('no argument is taken for an option', (t) => {
  t.equal(quoteArguments(['film-club', 'a b']), "film-club 'a b'");
  t.equal(quoteArguments(['film-club', '-x.bin']), '-- film-club -x.bin');
  t.end();
});
