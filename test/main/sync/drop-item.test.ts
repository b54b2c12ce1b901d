/** What came and is as it came goes from a disk, and nothing else. */
import { link, mkdir, readdir, rename, stat, unlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { stampOf } from '../../../src/main/disk/file-stamp.js';
import { scanFolder } from '../../../src/main/sharing/folder-scan.js';
import { dropItem, dropScanned } from '../../../src/main/sync/drop-item.js';
import { testFolder } from '../../fixtures/test-folder.js';

const { signal } = new AbortController();

t.test('a file, also under another name', async (t) => {
  const folder = testFolder(t, { a: 'one', b: 'one', c: 'one' });
  const path = join(folder, 'a');
  const stampAt = async (at: string) => stampOf(await stat(at, { bigint: true }));
  const about = { kind: 'file', isRenamed: false, exclude: [] } as const;
  const stamp = await stampAt(path);
  await link(path, join(folder, 'a~1'));
  await unlink(path);
  const beside = { ...about, path: join(folder, 'a~1'), stamp };
  t.equal(await dropItem({ ...beside, isRenamed: true }, signal), true);
  t.equal(await dropItem({ ...beside, isRenamed: true }, signal), false, 'it is gone');
  const other = await stampAt(join(folder, 'b'));
  await writeFile(join(folder, 'b'), 'two!');
  t.equal(await dropItem({ ...about, path: join(folder, 'b'), stamp: other }, signal), false);
  const third = await stampAt(join(folder, 'c'));
  t.equal(await dropItem({ ...about, path: join(folder, 'c'), stamp: third }, signal), true);
  t.same(await readdir(folder), ['b']);
});

t.test('a folder; what is not in its stamp stays', async (t) => {
  const folder = testFolder(t, { tree: { a: 'a', deep: { er: { b: 'b' } }, 'left.tmp': 'x' } });
  const [before, path] = [join(folder, 'tree'), join(folder, 'tree~1')];
  const exclude = ['*.tmp'];
  await mkdir(join(before, 'empty'));
  const { stamp } = await scanFolder(before, exclude, signal);
  await rename(before, path);
  const about = { path, kind: 'folder', stamp, isRenamed: true, exclude } as const;
  await writeFile(join(path, 'mine'), 'mine');
  t.equal(await dropItem(about, signal), false, 'something was put into it');
  await unlink(join(path, 'mine'));
  t.equal(await dropItem(about, signal), true);
  t.same(await readdir(path), ['left.tmp']);
});

t.test('a file that is written while others of its folder go stays', async (t) => {
  const folder = testFolder(t, { tree: { a: 'a', b: 'b', c: 'c' } });
  const path = join(folder, 'tree');
  const scanned = await scanFolder(path, [], signal);
  await writeFile(join(path, 'b'), 'mine');
  t.equal(await dropScanned(path, scanned), false);
  t.same(await readdir(path), ['b', 'c']);
});
