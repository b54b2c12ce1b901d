/** The rule about the clock that people set, on planted lines. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Linter, type ESLint } from 'eslint';
import t from 'tap';
import { inPackage } from '../../src/net/package-root.js';

const { href } = pathToFileURL(inPackage('scripts/lint/project-rules.js'));
const { default: project } = (await import(href)) as { default: ESLint.Plugin };

function complaints(filename: string, text: string): number {
  const cwd = process.cwd();
  const rules: Linter.RulesRecord = { 'project/wall-clocks': 'error' };
  const config = { files: ['**/*.ts'], plugins: { project }, rules };
  return new Linter({ cwd }).verify(text, [config], { filename: join(cwd, filename) }).length;
}

const readings = [
  'const a = Date.now();',
  'const clock = { nowMs: Date.now };',
  'const b = new Date();',
  'const c = Date();',
  'const d = performance.timeOrigin + performance.now();',
];

const others = ['const a = performance.now();', 'const b = new Date(7).toISOString();'];

t.test('the clock that people set is read by the files of the table alone', (t) => {
  for (const line of readings) {
    t.equal(complaints('src/main/sharing/planted.ts', line), 1, line);
    t.equal(complaints('src/tracker/clock.ts', line), 0, `${line} where the table allows it`);
  }
  for (const line of others) t.equal(complaints('src/main/sharing/planted.ts', line), 0, line);
  t.end();
});
