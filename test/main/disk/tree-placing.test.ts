/** A whole tree gets its place: at once, or file by file into a folder that is there. */
import {
  chmodSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import type { DiskSync } from '../../../src/main/disk/disk-sync.js';
import { placeIntoFolder, placeTree } from '../../../src/main/disk/tree-placing.js';
import { ENTRY_OUTCOMES } from '../../../src/workers/messages/unpacking.js';
import { emptyFolder, fileEntry, tableOf } from '../../net/sample-folder.js';
import { testFolder } from '../../fixtures/test-folder.js';

const table = tableOf(fileEntry('a/b/deep', 3), fileEntry('top', 3), emptyFolder('void'));
const { made, same, differs, leftOut } = ENTRY_OUTCOMES;
const adding = { overwrite: false, keepsDiffering: false, keepsModes: false };
const replacing = { ...adding, overwrite: true };

function scene(t: Test) {
  const root = testFolder(t);
  const [tree, path] = [join(root, 'tree'), join(root, 'album')];
  for (const { path: inside, kind } of table) {
    const at = join(tree, inside);
    mkdirSync(kind === 'file' ? dirname(at) : at, { recursive: true });
    if (kind === 'file') writeFileSync(at, 'new');
  }
  const synced: string[] = [];
  const sync: DiskSync = {
    durability: 'disk',
    data: () => Promise.reject(new Error('no file is synced here')),
    folder: async (at) => void synced.push(at.slice(root.length)),
  };
  const read = (inside: string): string => readFileSync(join(path, inside), 'utf8');
  return { whole: { tree, treeName: tree, path, table, sync }, tree, path, synced, read };
}

t.test('where nothing is, every folder is synced, and one rename names all', async (t) => {
  const { whole, tree, synced, read } = scene(t);
  await placeTree(whole);
  t.same(synced.sort(), ['/tree', '/tree/a', '/tree/a/b', '/tree/void']);
  t.equal(read('a/b/deep'), 'new');
  t.notOk(existsSync(tree));
});

t.test('a folder that appeared meanwhile is not replaced', async (t) => {
  const { whole, path, read } = scene(t);
  mkdirSync(path);
  writeFileSync(join(path, 'top'), 'theirs');
  await t.rejects(placeTree(whole), { message: /^cannot give the finished folder its name / });
  t.equal(read('top'), 'theirs');
});

t.test('into a folder go those that are not the same, and the way to each is synced', async (t) => {
  const { whole, path, synced, read } = scene(t);
  mkdirSync(path);
  writeFileSync(join(path, 'top'), 'old');
  await placeIntoFolder(whole, Uint8Array.of(made, same, made), adding);
  t.equal(read('a/b/deep'), 'new');
  t.equal(read('top'), 'old');
  t.ok(existsSync(join(path, 'void')));
  t.same(synced.splice(0, 2).sort(), ['/album', '/album/a']);
  t.same(synced, ['/album/a/b']);
});

t.test('no file leaves the tree before the folder that it goes to cannot be lost', async (t) => {
  const { whole, tree, path, synced } = scene(t);
  mkdirSync(path);
  const stayed: boolean[] = [];
  const folder = async (at: string): Promise<void> => {
    await whole.sync.folder(at);
    stayed.push(existsSync(join(tree, 'a/b/deep')));
  };
  const sync = { ...whole.sync, folder };
  await placeIntoFolder({ ...whole, sync }, Uint8Array.of(made, leftOut, made), adding);
  t.same(synced.slice(0, 2).sort(), ['/album', '/album/a']);
  t.same(stayed, [true, true, false]);
});

t.test(
  'what differs is named before anything is placed, or replaced when that is said',
  async (t) => {
    const { whole, path, read } = scene(t);
    mkdirSync(path);
    writeFileSync(join(path, 'top'), 'old');
    await t.rejects(placeIntoFolder(whole, Uint8Array.of(made, differs, made), adding), {
      code: 'DESTINATION_EXISTS',
      message: `${join(path, 'top')} exists already; choose another destination, or say --overwrite`,
    });
    t.notOk(existsSync(join(path, 'a')));
    await t.rejects(placeIntoFolder(whole, Uint8Array.of(differs, differs, made), adding), {
      message: /deep and 1 more are there and differ; /,
    });
    await placeIntoFolder(whole, Uint8Array.of(made, differs, made), replacing);
    t.equal(read('top'), 'new');
  },
);

t.test('what is left out stays where it is, in the tree and at the destination', async (t) => {
  const { whole, tree, path, synced, read } = scene(t);
  mkdirSync(path);
  writeFileSync(join(path, 'top'), 'theirs');
  await placeIntoFolder(whole, Uint8Array.of(leftOut, leftOut, made), replacing);
  t.equal(read('top'), 'theirs');
  t.ok(existsSync(join(tree, 'a/b/deep')));
  t.notOk(existsSync(join(path, 'a')));
  t.same(synced, ['/album']);
});

t.test('what takes the place of a file has its mode, if that is said', async (t) => {
  const { whole, path, read } = scene(t);
  mkdirSync(path);
  writeFileSync(join(path, 'top'), 'old', { mode: 0o600 });
  chmodSync(join(path, 'top'), 0o640);
  const rules = { ...replacing, keepsModes: true };
  await placeIntoFolder(whole, Uint8Array.of(made, differs, made), rules);
  t.equal(read('top'), 'new');
  t.equal(statSync(join(path, 'top')).mode & 0o777, 0o640);
});

t.test('what differs stays beside, if that is said, and nothing else gets a name', async (t) => {
  const { whole, path, read } = scene(t);
  mkdirSync(path);
  writeFileSync(join(path, 'top'), 'theirs');
  const rules = { ...replacing, keepsDiffering: true };
  const kept = await placeIntoFolder(whole, Uint8Array.of(made, differs, made), rules);
  t.equal(kept, `${path}~1`);
  t.equal(read('top'), 'new');
  t.equal(readFileSync(`${path}~1/top`, 'utf8'), 'theirs');
  t.equal(
    statSync(`${path}~1`).mode & 0o777,
    0o700,
    'for nobody else, as what it comes from may be',
  );
  t.same(readdirSync(`${path}~1`), ['top'], 'where nothing was, nothing stays');
});
