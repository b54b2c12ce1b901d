import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { readCacheFile } from '../../src/launch/cache-file.js';
import { CachedBundle } from '../../src/launch/cached-bundle.js';
import { testFolder } from '../fixtures/test-folder.js';

const SOURCE = `
  const { join } = require('node:path');
  exports.twice = (x) => 2 * x;
  exports.place = join(__dirname, 'x');`;

interface Exports {
  readonly twice: (x: number) => number;
  readonly place: string;
}

function setUp(test: Test): {
  path: string;
  home: string;
  cachePath: string;
  open: () => CachedBundle;
} {
  const home = testFolder(test, { 'bundle.cjs': SOURCE });
  const path = join(home, 'bundle.cjs');
  const open = (): CachedBundle => new CachedBundle(path, 'bundle', { P2P_HOME: home });
  return { path, home, cachePath: join(home, 'cache', 'bundle.v8'), open };
}

t.test('a bundle runs the same without, with and after a cache of another source', (t) => {
  const { path, home, cachePath, open } = setUp(t);
  for (const uses of [['first'], ['first', 'second']]) {
    const bundle = open();
    const { twice, place } = bundle.run() as Exports;
    t.equal(twice(21), 42);
    t.equal(place, join(home, 'x'));
    bundle.keep(uses.at(-1)!);
    t.same(readCacheFile(cachePath)?.head.uses, uses, 'each use adds its code');
  }
  writeFileSync(path, SOURCE.replace('2 * x', '3 * x'));
  const bundle = open();
  t.equal((bundle.run() as Exports).twice(21), 63);
  bundle.keep('third');
  t.same(readCacheFile(cachePath)?.head.uses, ['third']);
  t.end();
});

t.test('a use that is known already writes nothing', (t) => {
  const { cachePath, open } = setUp(t);
  open().keep('first');
  const before = readFileSync(cachePath);
  const bundle = open();
  (bundle.run() as Exports).twice(1);
  bundle.keep('first');
  t.ok(readFileSync(cachePath).equals(before));
  t.end();
});

t.test('a damaged cache is as good as none', (t) => {
  const { cachePath, open } = setUp(t);
  open().keep('first');
  writeFileSync(cachePath, 'not code', { mode: 0o600 });
  t.equal((open().run() as Exports).twice(21), 42);
  t.end();
});
