import { readdir } from 'node:fs/promises';
import { mkdirSync, writeFileSync } from 'node:fs';
import t from 'tap';
import { NameLooks } from '../../../src/main/disk/name-looks.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** Looks over folders that are lists; what was listed is noted. */
function scene(folders: Record<string, readonly string[]>) {
  const listed: string[] = [];
  const looks = new NameLooks(async (folder) => {
    listed.push(folder);
    return folders[folder] ?? Promise.reject(new Error('no such folder'));
  });
  const ask = (folder: string, names: readonly string[]): Promise<boolean[]> =>
    Promise.all(names.map((name) => looks.mayBeTaken(folder, name)));
  return { listed, ask };
}

const many = Array.from({ length: 8 }, (_, index) => `file ${index}`);

t.test('many names are looked for in one list', async (t) => {
  const { listed, ask } = scene({ here: ['file 1', 'other'], there: [] });
  const [here, there] = await Promise.all([ask('here', many), ask('there', many)]);
  t.same(here, [false, true, false, false, false, false, false, false]);
  t.same(new Set(there), new Set([false]));
  t.same(listed.sort(), ['here', 'there']);
});

t.test('a few names are left to a look at each', async (t) => {
  const { listed, ask } = scene({ here: [] });
  t.same(await ask('here', ['a', 'b']), [true, true]);
  t.same(listed, []);
});

t.test('a folder that cannot be listed, or is long, is not listed in vain', async (t) => {
  const long = Array.from({ length: 8 * 64 + 1 }, (_, index) => `there ${index}`);
  const { listed, ask } = scene({ long });
  t.same(new Set(await ask('missing', many)), new Set([true]));
  t.same(new Set(await ask('missing', many)), new Set([true]));
  t.same(new Set(await ask('long', many)), new Set([false]));
  t.same(new Set(await ask('long', many)), new Set([true]), 'known to be long by now');
  t.same(listed, ['missing', 'long']);
});

t.test('files and folders count', async (t) => {
  const folder = testFolder(t);
  writeFileSync(`${folder}/file 3`, '');
  mkdirSync(`${folder}/file 5`);
  const looks = new NameLooks(readdir);
  const taken = await Promise.all(many.map((name) => looks.mayBeTaken(folder, name)));
  t.same(
    many.filter((_, index) => taken[index]),
    ['file 3', 'file 5'],
  );
});
