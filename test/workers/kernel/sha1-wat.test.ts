import t from 'tap';
import { sha1Wat } from '../../../src/workers/kernel/sha1-wat.js';

const text = sha1Wat();

/** The text of each exported function, by name. */
const functions = new Map(
  text
    .split('(func (export ')
    .slice(1)
    .map((body) => [/^"(\w+)"/.exec(body)?.[1] ?? '', body] as const),
);

function count(body: string, pattern: RegExp): number {
  return [...body.matchAll(pattern)].length;
}

t.test('the kernel has one function for four streams and one for a single stream', (t) => {
  t.same([...functions.keys()], ['compress4', 'compress1']);
  t.equal(count(text, /\(/g), count(text, /\)/g), 'balanced');
  t.notMatch(text, /undefined|NaN|\[object/);
  t.end();
});

t.test('every local that a function uses is declared once', (t) => {
  for (const [name, body] of functions) {
    const declared = [...body.matchAll(/\((?:param|local) \$(\w+) /g)].map(([, local]) => local);
    const used = [...body.matchAll(/local\.(?:get|set|tee) \$(\w+)/g)].map(([, local]) => local);
    t.same(new Set(used), new Set(declared), name);
    t.equal(new Set(declared).size, declared.length, name);
  }
  t.end();
});

t.test('four streams take 80 rounds of two rotations, and 64 scheduled words of one', (t) => {
  const body = functions.get('compress4') ?? '';
  const rotations = 80 * 2 + 64;
  t.equal(count(body, /i32x4\.shr_u/g), rotations);
  t.equal(count(body, /i32x4\.shl/g), 80 * 2, 'doubling spares the shift of a scheduled word');
  t.equal(count(functions.get('compress1') ?? '', /i32\.rotl/g), rotations);
  t.end();
});
