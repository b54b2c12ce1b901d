import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { tryToWrite } from '../../../src/main/disk/trial-file.js';

t.test('nothing is left of a trial', async (t) => {
  const folder = t.testdir({});
  await tryToWrite(folder);
  t.same(await readdir(folder), []);
});

t.test('a folder that takes no file says why, also to root', async (t) => {
  const missing = join(t.testdir({}), 'missing');
  await t.rejects(tryToWrite(missing), { code: 'NO_DESTINATION' });
  const file = join(t.testdir({ file: '' }), 'file');
  await t.rejects(tryToWrite(file), { name: 'StorageError' });
  if (process.platform === 'linux') await t.rejects(tryToWrite('/proc'), /cannot write to \/proc/);
});
