/** The rule that whoever calls the file system says what it may answer, on planted files. */
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Linter, type ESLint } from 'eslint';
import t from 'tap';
import tseslint from 'typescript-eslint';
import { inPackage } from '../../src/net/package-root.js';

const { href } = pathToFileURL(inPackage('scripts/lint/project-rules.js'));
const { default: project } = (await import(href)) as { default: ESLint.Plugin };

function complaints(filename: string, text: string): number {
  const config: Linter.Config = {
    files: ['**/*.ts'],
    languageOptions: { parser: tseslint.parser },
    plugins: { project },
    rules: { 'project/named-answers': 'error' },
  };
  return new Linter().verify(text, [config], { filename: join(process.cwd(), filename) }).length;
}

const calls = [
  "import { open } from 'node:fs/promises';",
  "import { readSync } from 'node:fs';",
  "import fs from 'node:fs';",
  "import * as fs from 'fs/promises';",
  "import { type Stats, statSync } from 'node:fs';",
];

t.test('a file that calls the file system says what it may answer', (t) => {
  const named = "import { StorageError, toStorageError } from '../../net/errors.js';";
  for (const call of calls) {
    t.equal(complaints('src/main/disk/planted.ts', call), 1, call);
    t.equal(complaints('src/tracker/planted.ts', call), 1, call);
    t.equal(complaints('src/main/disk/planted.ts', `${call}\n${named}`), 0, call);
    t.equal(complaints('src/main/disk/planted.ts', `${named}\n${call}`), 0, call);
    t.equal(complaints('src/main/disk/cloned-file.ts', call), 0, 'one that takes any answer');
    t.equal(complaints('test/planted.ts', call), 0, 'a test');
  }
  t.end();
});

t.test('types call nothing', (t) => {
  for (const line of [
    "import type { Stats } from 'node:fs';",
    "import { type Stats, type Dirent } from 'node:fs';",
    "import { join } from 'node:path';",
  ]) {
    t.equal(complaints('src/main/disk/planted.ts', line), 0, line);
  }
  t.end();
});
