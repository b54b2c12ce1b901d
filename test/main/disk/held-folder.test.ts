import { lstatSync, readdirSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import t from 'tap';
import { HeldFolder } from '../../../src/main/disk/held-folder.js';
import { HeldWay } from '../../../src/main/disk/held-way.js';
import { testFolder } from '../../fixtures/test-folder.js';

const skip = process.platform !== 'linux' && 'no path begins at a descriptor';

t.test('a held folder stays the one that was opened', { skip }, async (t) => {
  const root = testFolder(t, { mine: {}, other: {} });
  const held = await HeldFolder.open(join(root, 'mine'));
  t.equal(await held.inode, BigInt(lstatSync(join(root, 'mine')).ino));
  renameSync(join(root, 'mine'), join(root, 'moved'));
  symlinkSync(join(root, 'other'), join(root, 'mine'));
  writeFileSync(join(held.path, 'it'), '');
  t.same(readdirSync(join(root, 'moved')), ['it']);
  t.same(readdirSync(join(root, 'other')), []);
  held.retain();
  await held.release();
  t.same(readdirSync(held.path), ['it'], 'as long as somebody holds it');
  await held.release();
});

t.test('links, files and nothing are not opened', async (t) => {
  const root = testFolder(t, { folder: {}, file: '', link: t.fixture('symlink', 'folder') });
  await t.rejects(HeldFolder.open(join(root, 'link')), { message: /cannot open the folder/ });
  await t.rejects(HeldFolder.open(join(root, 'file')), { message: /cannot open the folder/ });
  await t.rejects(HeldFolder.open(join(root, 'none')), { message: /cannot open the folder/ });
});

t.test('a way makes the folders that are missing, and goes back', async (t) => {
  const root = testFolder(t, { a: { b: {} } });
  const way = new HeldWay(root);
  const put = async (folder: string, name: string) =>
    writeFileSync(join(await way.to(folder), name), '');
  await put('a/b', '1');
  await put('a/b/c', '2');
  await put('a', '3');
  await put('.', '4');
  await put('d/e', '5');
  await way.close();
  t.same(readdirSync(root).sort(), ['4', 'a', 'd']);
  t.same(readdirSync(join(root, 'a')).sort(), ['3', 'b']);
  t.same(readdirSync(join(root, 'a/b')).sort(), ['1', 'c']);
  t.same(readdirSync(join(root, 'a/b/c')), ['2']);
  t.same(readdirSync(join(root, 'd/e')), ['5']);
});

t.test('a way ends where a link or a file lies, with its path as people know it', async (t) => {
  const root = testFolder(t, { a: { file: '', link: t.fixture('symlink', '../b') }, b: {} });
  const way = new HeldWay(root);
  for (const place of ['link', 'file']) {
    const refused = {
      code: 'DESTINATION_EXISTS',
      message: `${join(root, 'a', place)} is no folder`,
    };
    await t.rejects(way.to(`a/${place}/x`), { ...refused, message: new RegExp(refused.message) });
  }
  await way.close();
  t.same(readdirSync(join(root, 'b')), []);
});
