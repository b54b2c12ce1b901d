import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { makeFolders } from '../../../src/main/home/make-folders.js';

void t.test('folders are made with those above them, and may be there already', async (t) => {
  const path = join(t.testdir(), 'a', 'b');
  await makeFolders(path, 0o700);
  await makeFolders(path, 0o700);
  t.equal(statSync(path).mode & 0o777, 0o700);
});

void t.test('a file in the way is an error', async (t) => {
  const folder = t.testdir({ file: '' });
  await t.rejects(makeFolders(join(folder, 'file'), 0o700), { code: 'EEXIST' });
  await t.rejects(makeFolders(join(folder, 'file', 'x'), 0o700), { code: 'ENOTDIR' });
});

void t.test('a place that takes no folders is an error', { skip: !existsSync('/proc') }, (t) =>
  t.rejects(makeFolders('/proc/no-such/folder', 0o700), { code: 'ENOENT' }),
);
