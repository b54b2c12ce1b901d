import { readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { placeBesideOlder } from '../../../src/main/disk/older-version.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('the older file stays beside the newer one, under the first free number', async (t) => {
  const folder = testFolder(t, { film: 'first' });
  const film = join(folder, 'film');
  const place = async (content: string): Promise<string | undefined> => {
    await writeFile(join(folder, 'part'), content);
    return placeBesideOlder(join(folder, 'part'), film);
  };
  t.equal(await place('second'), `${film}~1`);
  t.equal(await readFile(film, 'utf8'), 'second');
  t.equal(await readFile(`${film}~1`, 'utf8'), 'first');
  await symlink('nowhere', `${film}~2`);
  t.equal(await place('third'), `${film}~3`, 'a link that leads nowhere takes a name too');
  t.equal(await readFile(`${film}~3`, 'utf8'), 'second');
  t.same((await readdir(folder)).sort(), ['film', 'film~1', 'film~2', 'film~3']);
});

t.test('where nothing is there is nothing to keep', async (t) => {
  const folder = testFolder(t, { part: 'new' });
  const film = join(folder, 'film');
  t.equal(await placeBesideOlder(join(folder, 'part'), film), undefined);
  t.same(await readdir(folder), ['film']);
});

t.test('a name that has no room for a number keeps its file', async (t) => {
  const name = 'x'.repeat(254);
  const folder = testFolder(t, { part: 'new', [name]: 'old' });
  await t.rejects(placeBesideOlder(join(folder, 'part'), join(folder, name)), {
    code: 'NO_DESTINATION',
    message: /too long/,
  });
  t.equal(await readFile(join(folder, name), 'utf8'), 'old');
  t.equal(await readFile(join(folder, 'part'), 'utf8'), 'new');
});
