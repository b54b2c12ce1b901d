import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { tryToWrite } from '../../../src/main/disk/trial-file.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('nothing is left of a trial', async (t) => {
  const folder = testFolder(t, {});
  await tryToWrite(folder);
  t.same(await readdir(folder), []);
});

t.test('a folder that takes no file says why, also to root', async (t) => {
  const missing = join(testFolder(t, {}), 'missing');
  await t.rejects(tryToWrite(missing), { code: 'NO_DESTINATION' });
  const file = join(testFolder(t, { file: '' }), 'file');
  await t.rejects(tryToWrite(file), { name: 'StorageError' });
  if (process.platform === 'linux') await t.rejects(tryToWrite('/proc'), /cannot write to \/proc/);
});
