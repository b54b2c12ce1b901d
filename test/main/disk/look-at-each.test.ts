import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { lookAtEach } from '../../../src/main/disk/look-at-each.js';
import { FOLDER_LOOKS_AT_A_TIME } from '../../../src/net/limits.js';
import { testFolder } from '../../fixtures/test-folder.js';

const MANY = 3 * FOLDER_LOOKS_AT_A_TIME + 1;

t.test('each path is looked at once, no link is followed, and nothing is no failure', async (t) => {
  const folder = testFolder(t);
  const names = Array.from({ length: MANY }, (_, index) => `${index}`);
  for (const name of names) writeFileSync(join(folder, name), Buffer.alloc(Number(name)));
  symlinkSync('0', join(folder, 'link'));
  mkdirSync(join(folder, 'folder'));
  const all = [...names, 'link', 'folder', 'none', '0/below a file'];
  const seen = new Map<string, string>();
  await lookAtEach(
    all.map((name) => [name, join(folder, name)] as const),
    (name, stats) => {
      t.notOk(seen.has(name));
      const kind = stats?.isFile() ? `${stats.size}` : stats?.isSymbolicLink() ? 'link' : 'other';
      seen.set(name, stats ? kind : 'nothing');
    },
  );
  t.equal(seen.size, all.length);
  for (const name of names) t.equal(seen.get(name), name);
  t.equal(seen.get('link'), 'link');
  t.equal(seen.get('folder'), 'other');
  t.equal(seen.get('none'), 'nothing');
  t.equal(seen.get('0/below a file'), 'nothing');
});

t.test('nothing to look at', async () => {
  await lookAtEach([], () => t.fail('there is nothing'));
});

t.test('the first failure ends it, and none is under way then', async (t) => {
  const folder = testFolder(t);
  const paths = Array.from({ length: MANY }, (_, index) => [index, join(folder, 'none')] as const);
  let looks = 0;
  const onLook = (): void => {
    looks++;
    throw new Error(`look ${looks}`);
  };
  await t.rejects(lookAtEach(paths, onLook), { message: 'look 1' });
  const then = looks;
  t.ok(then <= FOLDER_LOOKS_AT_A_TIME);
  await new Promise(setImmediate);
  t.equal(looks, then);
  await t.rejects(
    lookAtEach([[0, join(folder, 'x'.repeat(300))]], () => t.fail('it has no such name')),
    { message: /^cannot look at / },
  );
});
