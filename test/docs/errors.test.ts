/** docs/errors.md lists every code and exit status of src/net/errors.ts, and no others. */
import t from 'tap';
import { errorCodes, ExitStatus } from '../../src/net/errors.js';
import { readDoc, rowsByCode } from './read-doc.js';

const page = readDoc('docs/errors.md');
const rows = rowsByCode(page);

t.test('every code has a row with its exit status, its meaning and what to do', (t) => {
  for (const [code, [, status]] of Object.entries(errorCodes)) {
    const [shown = '', meaning = '', remedy = ''] = rows.get(code) ?? [];
    t.equal(Number(shown), status, `${code} leads to exit status ${status}`);
    t.not(meaning, '', `${code} has a meaning`);
    t.not(remedy, '', `${code} has a remedy`);
  }
  t.end();
});

t.test('a code that is gone has no row', (t) => {
  const listed = [...rows.keys()].filter((code) => /^[A-Z_]+$/.test(code));
  t.same(
    listed.filter((code) => !Object.hasOwn(errorCodes, code)),
    [],
  );
  t.end();
});

t.test('every exit status has a row, and the readme names it', (t) => {
  const readme = readDoc('README.md');
  for (const [name, status] of Object.entries(ExitStatus)) {
    t.match(page, `| ${status} | \`${name}\` |`, `${name} is listed`);
    t.match(readme, new RegExp(`\\b${status} [a-z]`), `the readme names ${status}`);
  }
  t.end();
});
