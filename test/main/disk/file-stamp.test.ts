import { rename, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { isUnchanged, stampOf } from '../../../src/main/disk/file-stamp.js';

t.test('a stamp stays while nobody touches the file, and changes with each change', async (t) => {
  const folder = t.testdir({ file: 'abc', other: 'xyz' });
  const path = join(folder, 'file');
  const now = async () => stampOf(await stat(path, { bigint: true }));
  const before = await now();
  t.equal(before.size, 3);
  t.ok(isUnchanged(before, await now()));

  const { atimeMs, mtimeMs } = await stat(path);
  await utimes(path, atimeMs / 1000, mtimeMs / 1000 + 1);
  t.notOk(isUnchanged(before, await now()), 'another time');

  await writeFile(path, 'abcd');
  await utimes(path, atimeMs / 1000, mtimeMs / 1000);
  t.notOk(isUnchanged({ ...(await now()), size: 3 }, await now()), 'another size');

  const kept = await now();
  await rename(join(folder, 'other'), path);
  t.notOk(isUnchanged(kept, { ...kept, inode: (await now()).inode }), 'another file');
});
