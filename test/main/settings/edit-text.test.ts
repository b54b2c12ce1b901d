/** One setting is changed in a text, and nothing else is. */
import fc from 'fast-check';
import t from 'tap';
import { withoutSetting, withSetting } from '../../../src/main/settings/edit-text.js';
import { parseToml } from '../../../src/main/settings/toml-text.js';

const port = { table: 'serve', name: 'port', valueText: '7001' };

/** What `serve.port = 7001` makes of a text. */
const changes: readonly (readonly [what: string, before: string, after: string])[] = [
  ['an empty file', '', '[serve]\nport = 7001\n'],
  ['a file of remarks', '# mine\n', '# mine\n\n[serve]\nport = 7001\n'],
  [
    'a file without a last line end',
    '[common]\nup = "1MB/s"',
    '[common]\nup = "1MB/s"\n\n[serve]\nport = 7001\n',
  ],
  [
    'the value alone',
    '[serve]\nport  =  1 # mine\nhost = "::"\n',
    '[serve]\nport  =  7001 # mine\nhost = "::"\n',
  ],
  [
    'behind what the table has',
    '[serve]\nhost = "::" # all\n\n# next\n[common]\n',
    '[serve]\nhost = "::" # all\nport = 7001\n\n# next\n[common]\n',
  ],
  [
    'below an empty heading',
    '[serve] # mine\n[common]\n',
    '[serve] # mine\nport = 7001\n[common]\n',
  ],
  ['below a heading at the very end', '[serve]', '[serve]\nport = 7001\n'],
  [
    'below a value of many lines',
    '[serve]\nhost = [\n "::",\n]\n',
    '[serve]\nhost = [\n "::",\n]\nport = 7001\n',
  ],
  [
    'beside dotted keys',
    'serve.host = "::"\n[common]\n',
    'serve.host = "::"\nserve.port = 7001\n[common]\n',
  ],
  ['a dotted key', 'serve.port = 1\n', 'serve.port = 7001\n'],
  ['in braces', 'serve = { port = 1 }\n', 'serve = { port = 7001 }\n'],
  [
    'with the line ends of the file',
    '[serve]\r\nhost = "::"\r\n',
    '[serve]\r\nhost = "::"\r\nport = 7001\r\n',
  ],
  ['a value of many lines', '[serve]\nport = """\n1"""\n', '[serve]\nport = 7001\n'],
];

for (const [what, before, after] of changes) {
  t.test(`set: ${what}`, (t) => {
    t.equal(withSetting(before, port, 'x'), after);
    t.equal(withSetting(after, port, 'x'), after, 'and again');
    t.end();
  });
}

t.test('unset: the line goes, with its remark', (t) => {
  const text = '# a\n[serve]\nport = [\n 1,\n] # b\nhost = "::" # c\n';
  t.equal(withoutSetting(text, port, 'x'), '# a\n[serve]\nhost = "::" # c\n');
  t.equal(withoutSetting('[serve]\nport = 1', port, 'x'), '[serve]\n');
  t.equal(withoutSetting('[common]\nport = 1\n', port, 'x'), undefined);
  t.end();
});

t.test('what is written in braces is changed by hand', (t) => {
  const byHand = { code: 'BAD_ARGUMENT', message: /^x(:[12])?: .*by hand$/ };
  t.throws(() => withSetting('serve = {}\n', port, 'x'), byHand);
  t.throws(() => withSetting('serve = { host = "::" }\n', port, 'x'), byHand);
  t.throws(() => withSetting('[[serve]]\n', port, 'x'), byHand);
  t.throws(() => withoutSetting('\nserve = { port = 1 }\n', port, 'x'), byHand);
  t.end();
});

t.test('what is no TOML is told with its line, and not changed', (t) => {
  const expected = { message: /^x:2: this is no TOML: / };
  t.throws(() => withSetting('[serve]\nport = = 1\n', port, 'x'), expected);
  t.throws(() => withoutSetting('[serve]\nport 1\n', port, 'x'), expected);
  t.end();
});

t.test('any order of changes says what was said last, and keeps every remark', (t) => {
  const line = fc.constantFrom(
    '# mine',
    '',
    '[common]',
    '[serve]',
    'serve.host = "::"',
    'up = "1MB/s"',
    'port = 1 # one',
  );
  const value = fc.constantFrom('1', '"two"', '["a", "b"]', 'true');
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 8 }),
      fc.array(value, { maxLength: 4 }),
      (lines, values) => {
        let text = lines.join('\n');
        try {
          parseToml(text, 'x');
        } catch {
          return;
        }
        const remarks = text.match(/# mine/g)?.length ?? 0;
        for (const valueText of values) {
          text = withSetting(text, { ...port, valueText }, 'x');
          const { entries } = parseToml(text, 'x');
          const found = entries.filter(({ path }) => path.join('.') === 'serve.port');
          t.equal(found.length, 1);
          const [from, to] = found[0]!.valueSpan;
          t.equal(text.slice(from, to), valueText);
        }
        if (values.length > 0) text = withoutSetting(text, port, 'x') ?? '';
        t.equal(text.match(/# mine/g)?.length ?? 0, remarks);
      },
    ),
    { numRuns: 300 },
  );
  t.end();
});
