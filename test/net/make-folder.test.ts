import { stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { makeFolder } from '../../src/net/make-folder.js';
import { testFolder } from '../fixtures/test-folder.js';

t.test('a folder and those above it are made, and may be there already', async (t) => {
  const path = join(testFolder(t), 'a', 'b', 'c');
  await makeFolder(path, 0o700);
  await makeFolder(path, 0o700);
  t.equal((await stat(path)).mode & 0o777, 0o700);
});

t.test('where none can be made, it says so', async (t) => {
  const file = join(testFolder(t), 'file');
  await writeFile(file, '');
  await t.rejects(makeFolder(join(file, 'x'), 0o700), { code: 'ENOTDIR' });
  await t.rejects(makeFolder('/proc/x', 0o700), { code: 'ENOENT' });
});
