/** The way to a folder: which folders are synced for it, how often, and who waits for whom. */
import { chown, mkdir, realpath, rm, symlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { MAX_SAFE_FOLDERS } from '../../../src/net/limits.js';
import { WaySync } from '../../../src/main/disk/way-sync.js';
import { testFolder } from '../../fixtures/test-folder.js';

/** What is synced is noted, relative to a folder in which `a/b/c` is. */
async function scene(t: Test) {
  const root = await realpath(testFolder(t, { a: { b: { c: {} } } }));
  const synced: string[] = [];
  const failure: { error?: Error } = {};
  const ways = new WaySync((folder) => {
    synced.push(folder);
    return failure.error ? Promise.reject(failure.error) : Promise.resolve();
  });
  const at = (path: string): string => join(root, path);
  /** Those of the folders of the test, as it names them. */
  const taken = (): string[] => {
    const names = synced.map((folder) => folder.slice(root.length + 1));
    const inside = names.filter((_, index) => synced[index]!.startsWith(`${root}/`));
    const isRoot = synced.includes(root) ? ['.'] : [];
    synced.length = 0;
    return [...inside, ...isRoot];
  };
  return { root, at, ways, taken, synced, failure };
}

t.test('every folder above is synced, once', async (t) => {
  const { at, ways, taken, synced, root } = await scene(t);
  await ways.sync(at('a/b/c'));
  t.ok(synced.includes(dirname(root)), 'also above what was there before');
  t.same(taken(), ['a/b', 'a', '.']);
  await ways.sync(at('a/b/c'));
  await ways.sync(at('a/b'));
  t.same(taken(), []);
  await mkdir(at('a/b/d'));
  await ways.sync(at('a/b/d'));
  t.same(taken(), ['a/b'], 'what is above a new one is safe');
});

t.test('a folder that was made anew is a new one', async (t) => {
  const { at, ways, taken } = await scene(t);
  await ways.sync(at('a/b/c'));
  taken();
  await rm(at('a/b'), { recursive: true });
  await mkdir(at('a/b/c'), { recursive: true });
  await ways.sync(at('a/b/c'));
  t.same(taken(), ['a/b', 'a']);
});

t.test('the way is that to the folder, not that to a link to it', async (t) => {
  const { at, ways, taken } = await scene(t);
  await symlink(at('a/b/c'), at('link'));
  await ways.sync(at('link'));
  t.same(taken(), ['a/b', 'a', '.']);
});

const isRoot = process.getuid?.() === 0;
const needsRoot = isRoot ? {} : { skip: 'only root gives a folder away' };
t.test('what another user made was there before', needsRoot, async (t) => {
  const { at, ways, taken } = await scene(t);
  await chown(at('a'), 65_534, 65_534);
  await ways.sync(at('a/b/c'));
  t.same(taken(), ['a/b', 'a']);
});

t.test('those who come meanwhile wait for the same syncs', async (t) => {
  const { at, ways, taken } = await scene(t);
  await Promise.all([1, 2, 3].map(() => ways.sync(at('a/b/c'))));
  t.same(taken(), ['a/b', 'a', '.']);
});

t.test('a sync that failed leaves nothing safe', async (t) => {
  const { at, ways, taken, failure } = await scene(t);
  failure.error = new Error('EIO');
  await t.rejects(ways.sync(at('a/b/c')), { message: 'EIO' });
  taken();
  delete failure.error;
  await ways.sync(at('a/b/c'));
  t.same(taken(), ['a/b', 'a', '.']);
  await t.rejects(ways.sync(at('nowhere')), { code: 'FILE_NOT_FOUND' });
});

t.test('no more is remembered than the bound', async (t) => {
  const { at, ways, taken } = await scene(t);
  let longWays = 0;
  for (let index = 0; index < MAX_SAFE_FOLDERS; index++) {
    await mkdir(at(`a/b/c/${index}`));
    await ways.sync(at(`a/b/c/${index}`));
    if (taken().length > 1) longWays++;
  }
  t.equal(longWays, 2, 'the first, and that which found all forgotten');
});
