import fc from 'fast-check';
import t from 'tap';
import { UsageError } from '../../src/net/errors.js';
import { checkName, checkNewId, checkPassword, type NameKind } from '../../src/net/names.js';
import { codeThrownBy } from './thrown-by.js';

const kinds: readonly NameKind[] = ['user', 'group', 'file'];
const longest = 'x'.repeat(255);

t.test('ordinary names of all kinds pass unchanged', (t) => {
  const names = [
    'a',
    '0123',
    '1e5',
    '-x',
    'ann@example.org',
    'Jürgen',
    'Ju\u0308rgen',
    '図書館',
    '😀',
    longest,
  ];
  for (const kind of kinds) {
    for (const name of names) t.equal(checkName(kind, name), name);
  }
  t.end();
});

t.test('a name is never normalised: two spellings stay two names', (t) => {
  t.not(checkName('user', 'Jürgen'), checkName('user', 'Ju\u0308rgen'));
  t.end();
});

t.test('file names may have spaces inside, leading dots and emoji joined into one', (t) => {
  for (const name of ['my report.pdf', '.bashrc', '...', 'a:b', '👩‍👧.jpg', 'no\u00a0break']) {
    t.equal(checkName('file', name), name);
  }
  t.end();
});

const refusedEverywhere: readonly unknown[] = [
  undefined,
  null,
  7,
  {},
  '',
  `${longest}x`,
  'ü'.repeat(128),
  'a\ud800',
  'a\u0000',
  'a\u001b[31m',
  'a\u0007',
  'a\nb',
  'a\tb',
  '\u202eabc',
  'a\u2066b',
  'a\u200bb',
  '\ufeffa',
  'a\u2028b',
  ' a',
  'a ',
  '\u00a0a',
  ' ',
];

for (const kind of kinds) {
  t.test(`a ${kind} name that is missing, too long or deceptive is refused`, (t) => {
    // Numbered: the names themselves would break the lines of the report.
    for (const [index, name] of refusedEverywhere.entries()) {
      t.equal(
        codeThrownBy(() => checkName(kind, name)),
        'BAD_ARGUMENT',
        `name ${index}`,
      );
    }
    t.end();
  });
}

t.test('a file name is one path component', (t) => {
  for (const name of ['.', '..', '/', 'a/b', '../a', 'a\\b', '/etc/passwd', 'a/']) {
    t.equal(
      codeThrownBy(() => checkName('file', name)),
      'BAD_ARGUMENT',
      name,
    );
  }
  t.end();
});

t.test('ids have no white space and no joiners', (t) => {
  for (const name of ['a b', 'a\u3000b', 'a\u200db', 'a\u200cb']) {
    t.equal(
      codeThrownBy(() => checkName('user', name)),
      'BAD_ARGUMENT',
    );
    t.equal(
      codeThrownBy(() => checkName('group', name)),
      'BAD_ARGUMENT',
    );
  }
  t.end();
});

t.test('the refusal says what is wrong and what is allowed, on one safe line', (t) => {
  t.throws(() => checkName('group', 'two words'), {
    message:
      'the group id "two words" cannot be used: it contains white space; ' +
      'choose 1 to 255 bytes of text without white space or control characters',
  });
  t.throws(() => checkName('file', 'a\u001b[31m\n'), { message: /^[^\p{Cc}]+$/u });
  t.end();
});

t.test('whatever passes is short, well-formed and visible; all else is a UsageError', (t) => {
  const text = fc.string({ unit: 'binary', maxLength: 20 });
  fc.assert(
    fc.property(fc.constantFrom(...kinds), text, (kind, name) => {
      try {
        checkName(kind, name);
      } catch (error) {
        return error instanceof UsageError;
      }
      const isOneComponent = !/[/\\\0]/.test(name) && name !== '.' && name !== '..';
      return name.trim() === name && !/\p{Cc}/u.test(name) && (kind !== 'file' || isOneComponent);
    }),
  );
  t.end();
});

t.test('a password is 1 to 1,024 bytes of anything, and never repeated in a refusal', (t) => {
  for (const password of ['x', ' with spaces ', 'ü😀', 'p'.repeat(1024)]) {
    t.equal(checkPassword(password), password);
  }
  for (const password of [undefined, 7, '', 'p'.repeat(1025), 'ü'.repeat(513), 'secret\ud800']) {
    t.equal(
      codeThrownBy(() => checkPassword(password)),
      'BAD_ARGUMENT',
    );
  }
  t.throws(() => checkPassword('secret\ud800'), { message: /^(?!.*secret)/ });
  t.end();
});

/** Ids that look like `ann`, or like nothing, or not the same everywhere. */
const deceptiveIds: readonly string[] = [
  'ann\ufe0f',
  'ann\ufe00',
  'ann\u{e0100}',
  'an\u034fn',
  '\u3164ann',
  'ann\uffa0',
  'ann\u115f',
  'ann\u1160',
  'ann\u2800',
  'a\u17b4nn',
  'a\u17b5nn',
  'ann\u180b',
  'ann\u180f',
  'ann\ue000',
  'ann\u{f0000}',
  'ann\u{10fffd}',
  'ann\u0378',
  'ann\uffff',
  'ann\u{1fffe}',
  'ann\ufffc',
  'ann\ufffd',
  'ann\u{1d159}',
  'ann\u{1d173}',
  'a\u0301nn',
  'Ju\u0308rgen',
  '\u212bngstrom',
  '\u0301ann',
  '\u3164',
];

t.test('an id that others would take for another one is not made', (t) => {
  for (const kind of ['user', 'group'] as const) {
    for (const [index, id] of deceptiveIds.entries()) {
      t.equal(
        codeThrownBy(() => checkNewId(kind, id)),
        'BAD_ARGUMENT',
        `id ${index}`,
      );
    }
    for (const [index, name] of refusedEverywhere.entries()) {
      t.equal(
        codeThrownBy(() => checkNewId(kind, name)),
        'BAD_ARGUMENT',
        `name ${index}`,
      );
    }
  }
  t.end();
});

t.test('an id in any script can be made, and one that was made before can be used', (t) => {
  const ids = [
    'a',
    '0123',
    'ann@example.org',
    'Jürgen',
    'Иван',
    'Νίκος',
    'محمد',
    'नमस्ते',
    '図書館',
    '😀',
    'ไทย',
    '한글',
  ];
  for (const id of ids) t.equal(checkNewId('user', id), id);
  for (const id of ['Ju\u0308rgen', 'ann\ufe0f']) t.equal(checkName('user', id), id);
  t.end();
});

t.test('a file name keeps what scripts and emoji need', (t) => {
  for (const name of ['می\u200cخواهم.txt', '👩\u200d👧.jpg', '❤\ufe0f.png', 'Ju\u0308rgen.txt']) {
    t.equal(checkName('file', name), name);
  }
  t.end();
});
