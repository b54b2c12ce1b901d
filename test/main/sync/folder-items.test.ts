/** What is seen of a folder that is kept the same. */
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { FolderItems } from '../../../src/main/sync/folder-items.js';
import { ItemNames } from '../../../src/main/sync/item-names.js';
import { testFolder } from '../../fixtures/test-folder.js';

const { signal } = new AbortController();

function itemsOf(folder: string, hasCome: (name: string, path: string) => boolean): FolderItems {
  const names = new ItemNames({ only: [], exclude: [] });
  return new FolderItems({ folder, groupId: 'chess', names, exclude: [], hasCome, signal });
}

t.test('it has to be the folder that was marked', async (t) => {
  const root = testFolder(t, { club: { '.p2p-sync': 'chess\n', a: 'a' } });
  const folder = join(root, 'club');
  const items = itemsOf(folder, () => false);
  t.same([...(await items.look()).items.keys()], ['a']);
  for (const text of ['', 'music\n']) {
    await writeFile(join(folder, '.p2p-sync'), text);
    await t.rejects(items.look(), { code: 'NO_DESTINATION' }, `a mark of "${text.trim()}"`);
  }
  await writeFile(join(folder, '.p2p-sync'), 'chess\n');
  t.equal((await items.look()).items.size, 1);
  await rename(folder, join(root, 'before'));
  await mkdir(folder);
  await writeFile(join(folder, '.p2p-sync'), 'chess\n');
  await t.rejects(items.look(), { code: 'NO_DESTINATION' }, 'another one in its place');
  await rm(folder, { recursive: true });
  await t.rejects(items.look(), { code: 'FILE_NOT_FOUND' });
});

t.test(
  'a file of patterns that has come with a folder is not obeyed, and that is not shared',
  async (t) => {
    const folder = testFolder(t, {
      '.p2p-sync': 'chess\n',
      album: { a: 'a', b: 'b', '.p2pignore': 'a\n' },
      marked: { a: 'a', deep: { '.p2p-sync': 'music\n' } },
    });
    const seen = async (hasCome: (name: string, path: string) => boolean) => {
      const { items } = await itemsOf(folder, hasCome).look();
      return [items.get('album'), items.get('marked')];
    };
    const [own, marked] = await seen(() => false);
    t.match(own, { kind: 'folder', files: 1, flaw: undefined });
    t.match(marked, { kind: 'folder', flaw: { message: /kept the same as a group/ } });
    const [come] = await seen((name, path) => name === 'album' && path === '.p2pignore');
    t.match(come, { kind: 'folder', files: 2, flaw: { message: /\.p2pignore has come with it/ } });
  },
);
