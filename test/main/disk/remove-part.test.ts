import { watch } from 'node:fs';
import { link, mkdir, readFile, readdir, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { emptyPartFolder, removePart } from '../../../src/main/disk/remove-part.js';
import { testFolder } from '../../fixtures/test-folder.js';

t.test('a part file goes, and says what it gave back', async (t) => {
  const folder = testFolder(t, { keep: 'x' });
  const part = join(folder, 'part');
  await writeFile(part, Buffer.alloc(8192, 1));
  t.match(await removePart(part), { kind: 'removed', bytes: Number });
  t.same(await readdir(folder), ['keep']);
  t.same(await removePart(part), { kind: 'nothing' });
  t.same(await removePart(join(folder, 'keep', 'part')), { kind: 'nothing' });
});

t.test(
  'of the folder of a part the pack goes last: without it nobody would know it for ours',
  async (t) => {
    const folder = testFolder(t, { a: {}, b: 'x', pack: 'x', tree: { c: 'x' }, z: 'x' });
    const gone: (string | null)[] = [];
    const packGone = new Promise<void>((resolve) => {
      const watcher = watch(folder, (_, name) => {
        gone.push(name);
        if (name === 'pack') resolve();
      });
      t.teardown(() => watcher.close());
    });
    await emptyPartFolder(folder);
    await packGone;
    t.same([...new Set(gone)].sort(), ['a', 'b', 'pack', 'tree', 'z']);
    t.equal(gone.at(-1), 'pack');
    t.same(await readdir(folder), []);
    await emptyPartFolder(folder);
  },
);

t.test('whatever else has its name stays', async (t) => {
  const folder = testFolder(t, { letter: 'a letter' });
  const at = (name: string): string => join(folder, name);
  await symlink('letter', at('link'));
  await link(at('letter'), at('second name'));
  await mkdir(at('folder'));
  for (const name of ['link', 'second name', 'folder']) {
    t.same(await removePart(at(name)), { kind: 'foreign' }, name);
  }
  t.same((await readdir(folder)).sort(), ['folder', 'letter', 'link', 'second name']);
  t.equal(await readFile(at('letter'), 'utf8'), 'a letter');
});
