import fc from 'fast-check';
import t from 'tap';
import { skeleton } from '../../src/net/confusables.js';

/** Each line: ids that can be taken for one another. */
const alike: readonly (readonly string[])[] = [
  ['ann', 'Ann', 'ANN', 'аnn', 'αnn', '\uff41\uff4e\uff4e', '𝐚𝐧𝐧', 'ɑnn'],
  [
    'ann',
    'an\u034fn',
    'ann\ufe0f',
    'ann\u3164',
    'ann\uffa0',
    'a\u17b4nn',
    'ann\u180b',
    'ann\u{e0100}',
  ],
  ['paypal', 'paypaI', 'paypa1', 'раураl', 'ρaypal', 'paypa\u0406', 'paypa|', 'PayPaL'],
  ['bob', 'b0b', 'bоb', 'bοb', 'ВОВ', 'BOB', 'bօb'],
  ['modern', 'rnodern', 'MODERN', 'modem', 'rnodem'],
  ['www', 'vvww', 'vvvvvv', 'ωww'],
  ['scope', 'ѕсоре', 'SCOPE', 'ＳＣＯＰＥ'],
  ['straße', 'STRASSE', 'strasse'],
  ['jürgen', 'ju\u0308rgen', 'JÜRGEN'],
  ['a-b', 'a\u2010b', 'a\u2013b', 'a\u2212b'],
  ['o’neil', "o'neil", 'o`neil', '0’nei1'],
  ['ﬁle', 'file', 'FILE'],
  ['hexe', 'неxе', 'һeхe'],
];

for (const ids of alike) {
  t.test(`can be taken for one another: ${ids[0]} and ${ids.length - 1} others`, (t) => {
    for (const id of ids) t.equal(skeleton(id), skeleton(ids[0]!), JSON.stringify(id));
    t.end();
  });
}

t.test('ids that look different stay different', (t) => {
  const ids = [
    'ann',
    'anna',
    'anne',
    'bob',
    'rob',
    'ben',
    'ren',
    'jürgen',
    'jurgen',
    'jörgen',
    'café',
    'cafe',
    'x2',
    'x3',
    'x5',
    'xs',
    'a-b',
    'ab',
    'a_b',
    'a.b',
    'иван',
    'ивана',
    'νίκος',
    '図書館',
    '図書',
    '😀',
    '😁',
    'mail',
    'main',
    'sara',
    'clara',
    'diana',
    'group8',
    'groupb',
  ];
  t.equal(new Set(ids.map(skeleton)).size, ids.length);
  t.end();
});

t.test('each letter is the same in any case and composition', (t) => {
  const wrong: string[] = [];
  for (let code = 1; code <= 0x10ffff; code++) {
    if (code >= 0xd800 && code < 0xe000) continue;
    const letter = String.fromCodePoint(code);
    const shape = skeleton(letter);
    const same = [shape, letter.toUpperCase(), letter.normalize('NFD')];
    if (same.some((form) => skeleton(form) !== shape)) wrong.push(letter);
  }
  t.same(wrong, []);
  t.end();
});

t.test('a skeleton is its own skeleton, and case and composition never matter', (t) => {
  const text = fc.string({ unit: 'grapheme', maxLength: 20 });
  fc.assert(
    fc.property(text, (id) => {
      const shape = skeleton(id);
      return (
        skeleton(shape) === shape &&
        skeleton(id.normalize('NFD')) === shape &&
        skeleton(id.toUpperCase()) === shape
      );
    }),
  );
  t.end();
});
