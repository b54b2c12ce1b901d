import fc from 'fast-check';
import t from 'tap';
import { isPattern, patternMatcher } from '../../../src/main/commands/name-pattern.js';

const rows: readonly (readonly [pattern: string, matches: string[], others: string[]])[] = [
  ['a.dat', ['a.dat'], ['A.dat', 'a.dat2', 'xa.dat']],
  ['*', ['a', 'a.b', '日本'], ['.bashrc']],
  ['.*', ['.bashrc', '.'], ['a.b']],
  ['?', ['a', '日', '🎬'], ['ab', '.']],
  ['sample-0[0-3]*', ['sample-00.dat', 'sample-03'], ['sample-04', 'sample-0']],
  ['[!a-c]x', ['dx'], ['ax', 'x']],
  ['[^a]', ['b'], ['a', '.']],
  ['[]x]', [']', 'x'], ['[', '']],
  ['[a-]', ['a', '-'], ['b']],
  ['a[b', ['a[b'], ['ab']],
  ['*.mkv', ['a.mkv', 'b.c.mkv'], ['.mkv', 'a.mkv.part']],
  ['a*b*c', ['abc', 'aXbYc', 'abbc', 'abcbc'], ['ab', 'acb']],
  ['**a', ['a', 'ba'], ['b']],
  ['\\*', ['*'], ['a', '\\*']],
  ['a\\[1]*', ['a[1]', 'a[1].pdf'], ['a1', 'a1.pdf']],
  ['\\a', ['\\a'], ['a']],
];

t.test('what patterns match', (t) => {
  for (const [pattern, names, others] of rows) {
    const isMatch = patternMatcher(pattern);
    for (const name of names) t.equal(isMatch(name), true, `${pattern} and ${name}`);
    for (const name of others) t.equal(isMatch(name), false, `${pattern} and ${name}`);
  }
  t.end();
});

t.test('only what can mean another name than itself is a pattern', (t) => {
  for (const word of ['a.dat', 'a[b', 'a]b', '', 'x-y']) t.notOk(isPattern(word), word);
  for (const word of ['*', 'a?', '[ab]', 'x[!a]', '\\*', 'a\\[b']) t.ok(isPattern(word), word);
  t.end();
});

t.test('stars mean what they mean to a regular expression', (t) => {
  const letters = fc.array(fc.constantFrom('a', 'b'), { maxLength: 8 });
  const signs = fc.array(fc.constantFrom('a', 'b', '*', '?'), { maxLength: 8 });
  fc.assert(
    fc.property(signs, letters, (pattern, name) => {
      const text = pattern.join('').replaceAll('*', '.*').replaceAll('?', '.');
      const expected = new RegExp(`^${text}$`).test(name.join(''));
      return patternMatcher(pattern.join(''))(name.join('')) === expected;
    }),
  );
  t.end();
});

t.test('many stars against a long name take no long time', (t) => {
  t.notOk(patternMatcher(`${'*a'.repeat(120)}b`)('a'.repeat(255)));
  t.end();
});
