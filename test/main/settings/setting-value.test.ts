/** Values as words of a command line, and as they are written into a file. */
import fc from 'fast-check';
import t from 'tap';
import { typedValue, valueText } from '../../../src/main/settings/setting-value.js';
import { parseToml } from '../../../src/main/settings/toml-text.js';

const port = { name: 'port', placeholder: 'PORT', summary: '' };
const host = { name: 'host', placeholder: 'HOST', summary: '', isRepeated: true };
const scrub = { name: 'scrub', summary: '' };

t.test('words are values of their option', (t) => {
  t.same(typedValue(port, ['7001']), '7001');
  t.same(typedValue(host, ['::1', 'a.example']), ['::1', 'a.example']);
  t.same(typedValue(scrub, ['true']), true);
  t.same(typedValue(scrub, ['false']), false);
  t.throws(() => typedValue(port, ['1', '2']), { message: 'it takes one value' });
  t.throws(() => typedValue(port, []), { message: '<value> is missing' });
  t.throws(() => typedValue(scrub, ['1']), { message: /true or false/ });
  t.throws(() => typedValue(host, ['a b']), { message: /is not a host/ });
  t.end();
});

t.test('a number is written as one where its option is one, and not changed', (t) => {
  t.equal(valueText('7001', 'PORT'), '7001');
  t.equal(valueText('007', 'N'), '"007"');
  t.equal(valueText('7001', 'NAME'), '"7001"');
  t.equal(valueText(true), 'true');
  t.equal(valueText(['a', 'b']), '["a", "b"]');
  t.end();
});

t.test('any text is read as it was written', (t) => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      const { entries } = parseToml(`a = ${valueText(text)}\nb = ${valueText([text, text])}`, 'x');
      const one = { kind: 'text', text };
      t.same(
        entries.map(({ value }) => value),
        [one, { kind: 'list', items: [one, one] }],
      );
    }),
  );
  t.end();
});
