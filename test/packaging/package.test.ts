/** What goes along with the program in its package, besides code and docs. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import t from 'tap';
import { SQLITE_PACKAGE } from '../../src/net/embedded-database.js';
import { inPackage } from '../../src/net/package-root.js';

/** All of it, on a Node that has SQLite of its own. */
const MAX_INSTALLED_BYTES = 6_000_000;

const read = (path: string): string => readFileSync(inPackage(path), 'utf8');

void t.test('the licence of each package that is bundled is packed', (t) => {
  const { files } = JSON.parse(read('package.json')) as { files: string[] };
  t.ok(files.includes('dist/bundle'));
  const parts = read('dist/bundle/THIRD-PARTY-LICENSES').split(/^== /m).slice(1);
  const texts = new Map(parts.map((text) => [text.slice(0, text.indexOf(' ', 1)), text]));
  // Those of the tracker's figures are Apache-2.0, and two of them are only there for another one.
  for (const name of ['prom-client', '@opentelemetry/api']) {
    t.match(texts.get(name), /Apache License\s+Version 2.0/, name);
  }
  for (const name of [
    'kysely',
    'ws',
    'yargs',
    'piscina',
    'valibot',
    'hash-wasm',
    'cli-progress',
    'pg',
  ]) {
    t.match(texts.get(name), /Copyright|Permission/i, name);
  }
  t.notOk(texts.has('esbuild'), 'what only builds it is not in it');
  t.end();
});

void t.test('what is installed is small', async (t) => {
  const words = ['pack', '--dry-run', '--json', '--ignore-scripts'];
  const { stdout } = await promisify(execFile)('npm', words, { cwd: inPackage('.') });
  const [packed] = JSON.parse(stdout) as { unpackedSize: number; files: { path: string }[] }[];
  const paths = packed!.files.map(({ path }) => path);
  for (const path of ['bin/p2p.js', 'README.md', 'docs/control.md'])
    t.ok(paths.includes(path), path);
  t.notOk(paths.find((path) => path.endsWith('.map') || path.startsWith('test/')));
  t.ok(packed!.unpackedSize <= MAX_INSTALLED_BYTES, `${packed!.unpackedSize} bytes`);
});

void t.test('what the docs link to is packed', (t) => {
  const { files } = JSON.parse(read('package.json')) as { files: string[] };
  const links = [...read('docs/operations.md').matchAll(/\]\(\.\.\/([^)#]+)/g)].map(
    ([, to]) => to!,
  );
  t.ok(links.some((to) => to.startsWith('packaging/')));
  for (const to of links.filter((one) => !one.startsWith('native-bench'))) {
    t.ok(files.includes(to.split('/')[0]!), to);
  }
  t.end();
});

void t.test(
  'nothing is installed with the package; what an old Node needs is said with its version',
  (t) => {
    const said = JSON.parse(read('package.json')) as Record<string, Record<string, string>>;
    const { peerDependencies, peerDependenciesMeta } = said;
    t.notOk(said['dependencies'] ?? said['optionalDependencies']);
    const names = Object.entries(peerDependencies ?? {}).map(
      ([name, version]) => `${name}@${version}`,
    );
    t.strictSame(names, [SQLITE_PACKAGE]);
    t.strictSame(peerDependenciesMeta, { '@photostructure/sqlite': { optional: true } });
    for (const page of ['README.md', 'packaging/README.md', 'docs/library.md'])
      t.match(read(page), SQLITE_PACKAGE, page);
    t.end();
  },
);
