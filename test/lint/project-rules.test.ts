/** The rules of imports, on planted files: what climbs, what is homeless, what is a circle. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Linter, type ESLint } from 'eslint';
import t from 'tap';
import tseslint from 'typescript-eslint';
import { inPackage } from '../../src/net/package-root.js';
import { testFolder } from '../fixtures/test-folder.js';

const { href } = pathToFileURL(inPackage('scripts/lint/project-rules.js'));
const { default: project } = (await import(href)) as { default: ESLint.Plugin };

const ofImports: Linter.RulesRecord = { 'project/imports': 'error', 'project/floors': 'error' };
const ofCircles: Linter.RulesRecord = { 'project/circles': 'error' };

/** What the rules say of a file with this text. */
function complaints(
  filename: string,
  text: string,
  rules = ofImports,
  cwd = process.cwd(),
): string[] {
  const linter = new Linter({ cwd });
  const messages = linter.verify(
    text,
    [
      {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser },
        plugins: { project },
        rules,
      },
    ],
    { filename: join(cwd, filename) },
  );
  return messages.map(({ message }) => message);
}

const climbing = [
  "import { x } from '../engine/engine.js';",
  "import type { X } from '../engine/engine.js';",
  "import { type X } from '../engine/engine.js';",
  "import '../engine/engine.js';",
  "export { x } from '../engine/engine.js';",
  "export * from '../engine/engine.js';",
  "export type { X } from '../engine/engine.js';",
  "const late = () => import('../engine/engine.js');",
  "type Late = typeof import('../engine/engine.js');",
  "type X = import('../engine/engine.js').X;",
];

t.test('an import of a higher floor climbs, of whatever kind it is', (t) => {
  for (const line of climbing) {
    const [message, ...more] = complaints('src/main/disk/planted.ts', line);
    t.equal(message, 'this import climbs: in src/main, "engine" stands above "disk"', line);
    t.same(more, []);
  }
  t.end();
});

t.test('an import of the same floor or of a lower one does not', (t) => {
  const allowed: [string, string][] = [
    ['src/main/engine/planted.ts', '../disk/open-files.js'],
    ['src/main/engine/planted.ts', './engine.js'],
    ['src/main/planted.ts', './processes/serve.js'],
    ['src/main/planted.ts', './main.js'],
    ['src/workers/memory/planted.ts', '../kernel/sha1-wat.js'],
    ['src/workers/kernel/planted.ts', '../memory/piece-slots.js'],
    ['src/workers/fetching/planted.ts', '../messages/parcel.js'],
    ['src/tracker/store/sqlite/planted.ts', '../store.js'],
    ['src/tracker/store/planted.ts', './sqlite/dialect.js'],
    ['src/tracker/dispatch.ts', './handlers/all.js'],
    ['src/main/engine/planted.ts', '../../workers/transfer-task.js'],
    ['src/net/planted.ts', './errors.js'],
  ];
  for (const [file, specifier] of allowed) {
    t.same(complaints(file, `import '${specifier}';`), [], `${file} imports ${specifier}`);
  }
  t.end();
});

t.test('files of a folder of src have floors too', (t) => {
  const climbs: [string, string][] = [
    ['src/workers/messages/planted.ts', '../memory/slot-memory.js'],
    ['src/workers/serving/planted.ts', '../transfer-task.js'],
    ['src/tracker/context.ts', './handlers/all.js'],
    ['src/tracker/handlers/planted.ts', '../tracker.js'],
    ['src/main/processes/planted.ts', '../main.js'],
  ];
  for (const [file, specifier] of climbs) {
    t.match(complaints(file, `import '${specifier}';`), [/^this import climbs/], file);
  }
  t.end();
});

t.test('a folder without a line in the table is told so', (t) => {
  for (const folder of ['src/main/attic', 'src/workers/a/b', 'src/tracker/attic']) {
    const [message] = complaints(`${folder}/planted.ts`, 'export {};');
    t.match(message, new RegExp(`^${folder} is on no floor: give it a line in the table of `));
  }
  t.end();
});

t.test('the arrows between the folders of src hold', (t) => {
  const [message] = complaints('src/net/planted.ts', "import '../main/main.js';");
  t.match(message, /^src\/net may not import src\/main/);
  const [wrapped] = complaints(
    'src/main/engine/planted.ts',
    "import stringWidth from 'string-width';",
  );
  t.match(wrapped, /^string-width may only be imported by /);
  t.end();
});

t.test('a circle is found from each of its files, also one of types and late imports', (t) => {
  const texts = {
    'a.ts': "import type { B } from './b.js';\nexport type A = B;",
    'b.ts': "export type B = import('./c.js').C;",
    'c.ts': "export const late = () => import('./a.js');\nexport type C = 1;",
    'd.ts': "import './a.js';",
  };
  const cwd = testFolder(t, { src: { net: texts } });
  const lint = (name: keyof typeof texts, text = texts[name]): string[] =>
    complaints(`src/net/${name}`, text, ofCircles, cwd);
  const way = (...names: string[]): string =>
    `these files import each other: ${names.map((name) => `src/net/${name}.ts`).join(' -> ')}`;
  t.same(lint('a.ts'), [way('a', 'b', 'c', 'a')]);
  t.same(lint('b.ts'), [way('b', 'c', 'a', 'b')]);
  t.same(lint('c.ts'), [way('c', 'a', 'b', 'c')]);
  t.same(lint('d.ts'), [], 'it only leads to one');
  t.same(lint('b.ts', 'export type B = 1;'), [], 'what is linted counts as it is now');
  t.same(lint('a.ts'), []);
  t.end();
});
