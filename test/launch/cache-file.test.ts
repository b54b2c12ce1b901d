import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import t from 'tap';
import { readCacheFile, sourceId, writeCacheFile } from '../../src/launch/cache-file.js';
import { testFolder } from '../fixtures/test-folder.js';

const head = {
  source: sourceId(Buffer.from('let a = 1;')),
  engine: 'v20.20.0 x64',
  uses: ['download'],
};
const code = Buffer.from('compiled');

t.test('what was written is read back, from a file that only its owner may touch', (t) => {
  const path = join(testFolder(t, { 'device.pem': '' }), 'cache', 'program.v8');
  writeCacheFile(path, { head, code });
  t.same(readCacheFile(path), { head, code });
  t.equal(statSync(path).mode & 0o777, 0o600);
  t.end();
});

t.test('a file that is not there is none', (t) => {
  t.equal(readCacheFile(join(testFolder(t), 'program.v8')), undefined);
  t.end();
});

t.test('a file that others may write is not believed', (t) => {
  const path = join(testFolder(t), 'program.v8');
  writeCacheFile(path, { head, code });
  chmodSync(path, 0o620);
  t.equal(readCacheFile(path), undefined);
  t.end();
});

t.test('a file with any other byte, or cut short, is not believed', (t) => {
  const path = join(testFolder(t), 'program.v8');
  writeCacheFile(path, { head, code });
  const whole = readFileSync(path);
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, change) => {
      const other = Buffer.from(whole);
      other[at] = other[at]! ^ change;
      writeFileSync(path, other);
      const isDamageSeen = readCacheFile(path) === undefined;
      writeFileSync(path, whole.subarray(0, at));
      return isDamageSeen && readCacheFile(path) === undefined;
    }),
  );
  t.end();
});

t.test('no home is made for a cache', (t) => {
  const home = join(testFolder(t), 'home');
  writeCacheFile(join(home, 'cache', 'program.v8'), { head, code });
  t.notOk(existsSync(home));
  t.end();
});

t.test('nor anything in a home that nobody has used', (t) => {
  const home = testFolder(t, {});
  writeCacheFile(join(home, 'cache', 'program.v8'), { head, code });
  t.same(readdirSync(home), []);
  t.end();
});

t.test('a folder that cannot be made is nobody’s trouble', (t) => {
  const file = join(testFolder(t, { taken: 'a file' }), 'taken', 'program.v8');
  writeCacheFile(file, { head, code });
  t.equal(readCacheFile(file), undefined);
  t.end();
});
