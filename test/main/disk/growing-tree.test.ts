/** A pack and large files that grow: what of them a sync brings to the disk, and what is known of them. */
import { mkdirSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import t, { type Test } from 'tap';
import { acquireFolder } from '../../../src/main/disk/acquired-folder.js';
import type { DiskSync } from '../../../src/main/disk/disk-sync.js';
import { GrowingTree } from '../../../src/main/disk/growing-tree.js';
import { folderLayout } from '../../../src/net/folder-layout.js';
import { KiB } from '../../../src/net/limits.js';
import { fileEntry, tableOf } from '../../net/sample-folder.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECE = 256 * KiB;
/** Piece 0 is the pack; 1 and 2 are the film's, 3 and 4 the song's. */
const table = tableOf(
  fileEntry('film', 2 * PIECE),
  fileEntry('music/deep/song', PIECE + 5),
  fileEntry('small', 100),
);
const layout = folderLayout(table, PIECE)!;

async function scene(t: Test, prepare: (tree: string) => void = () => undefined) {
  const root = testFolder(t);
  const [path, partPath] = [join(root, 'album'), join(root, '.album.part')];
  const { packBytes } = layout;
  const onMoved = (): Promise<void> => Promise.reject(new Error('moved'));
  const acquired = await acquireFolder({ partPath, path, packBytes, onMoved });
  t.teardown(() => acquired.pack.release());
  prepare(join(partPath, 'tree'));
  const synced: string[] = [];
  const sync: DiskSync = {
    durability: 'disk',
    data: async () => void synced.push('data'),
    folder: async (at) => void synced.push(at.slice(partPath.length)),
  };
  return {
    partPath,
    acquired,
    sync,
    synced,
    growing: await GrowingTree.open(acquired, table, layout),
  };
}

function grow(tree: string, path: string, size: number): void {
  mkdirSync(dirname(join(tree, path)), { recursive: true });
  writeFileSync(join(tree, path), '');
  truncateSync(join(tree, path), size);
}

t.test('a piece may be held where its file is there, as long as it will be', async (t) => {
  const { growing, partPath } = await scene(t, (tree) => {
    grow(tree, 'film', 2 * PIECE);
    grow(tree, 'music/deep/song', 5);
  });
  t.same(
    [0, 1, 2, 3, 4].map((piece) => growing.holds(piece)),
    [true, true, true, false, false],
  );
  t.equal(statSync(join(partPath, 'pack')).size, layout.packBytes);
  const files = [0, 1, 2, 3, 4].map((piece) => growing.fileOf(piece));
  t.equal(files[1], files[2]);
  t.equal(files[3], files[4]);
  t.equal(new Set(files).size, 3, 'the pack is one of them');
  t.equal(growing.name, join(partPath, 'tree'));
  t.equal(growing.stamp.inode, statSync(partPath, { bigint: true }).ino);
  t.equal(growing.stamp.size, layout.pieces.size);
});

t.test('only what was written is synced, and the way to a new name once', async (t) => {
  const { growing, sync, synced } = await scene(t);
  await growing.sync(sync, [0]);
  t.same(synced.splice(0), ['data', ''], 'the pack, and the folder in which its name is');
  await growing.sync(sync, [0]);
  t.same(synced.splice(0), ['data']);
  grow(growing.path, 'music/deep/song', PIECE + 5);
  await growing.sync(sync, [3, 4]);
  t.same(synced.splice(0).sort(), ['', '/tree', '/tree/music', '/tree/music/deep', 'data']);
  t.ok(growing.holds(3));
  await growing.sync(sync, [4]);
  t.same(synced.splice(0), ['data']);
});

t.test('its stamp has the latest times of all that grows', async (t) => {
  const { growing, sync, partPath } = await scene(t);
  const before = growing.stamp;
  grow(growing.path, 'film', 2 * PIECE);
  writeFileSync(join(partPath, 'pack'), Buffer.alloc(layout.packBytes, 1));
  await growing.sync(sync, [1]);
  const { ctimeNs } = statSync(join(growing.path, 'film'), { bigint: true });
  t.equal(growing.stamp.ctimeNs, ctimeNs);
  t.ok(growing.stamp.ctimeNs! >= before.ctimeNs!);
  t.ok(growing.allocatedBytes >= 0);
});
