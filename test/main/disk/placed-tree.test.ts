/** What lies where a folder belongs: looked at on a real disk, judged by pieces that a test calls right. */
import { mkdir, rm, symlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import t, { type Test } from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { folderLayout } from '../../../src/net/folder-layout.js';
import { KiB } from '../../../src/net/limits.js';
import { lookAtFolder } from '../../../src/main/disk/folder-stamps.js';
import { PlacedTree } from '../../../src/main/disk/placed-tree.js';
import { PLACES } from '../../../src/workers/messages/content.js';
import { emptyFolder, fileEntry, tableOf } from '../../net/sample-folder.js';
import { testFolder } from '../../fixtures/test-folder.js';

const PIECE = 256 * KiB;
/** Pieces 0 and 1 are the pack: s1 and s2 share piece 0, s2 and s3 piece 1. The film has 2 and 3. */
const table = tableOf(
  fileEntry('film', PIECE + 5),
  fileEntry('none'),
  fileEntry('s1', 200 * KiB),
  fileEntry('s2', 200 * KiB),
  fileEntry('s3', 50 * KiB),
  emptyFolder('void'),
);
const layout = folderLayout(table, PIECE)!;
const [FILM, S1, S2, S3] = [0, 2, 3, 4];
const all = [0, 1, 2, 3];

async function scene(t: Test) {
  const path = join(testFolder(t), 'album');
  const look = () => PlacedTree.look({ path, table, layout });
  const make = async (): Promise<void> => {
    await mkdir(join(path, 'void'), { recursive: true });
    for (const entry of table) {
      if (entry.kind === 'file') await writeFile(join(path, entry.path), Buffer.alloc(entry.size));
    }
  };
  return { path, look, make };
}

function these(...pieces: number[]): Bitfield {
  const bits = new Bitfield(layout.pieces.pieceCount);
  for (const piece of pieces) bits.add(piece);
  return bits;
}

t.test('nothing there, and all of it there', async (t) => {
  const { look, make } = await scene(t);
  t.equal(await look(), undefined);
  await make();
  const tree = (await look())!;
  t.ok(tree.candidates.isFull);
  const verdict = tree.judge(these(...all));
  t.match(verdict, { isWhole: true, conflict: undefined });
  t.equal(verdict.bytes, layout.pieces.size);
});

t.test('what is missing costs its pieces, and is no conflict', async (t) => {
  const { path, look, make } = await scene(t);
  await make();
  await rm(join(path, 's3'));
  await rm(join(path, 'void'), { recursive: true });
  const tree = (await look())!;
  t.same([...tree.candidates.indexes()], [0, 2, 3]);
  const { isWhole, conflict, files, pieces } = tree.judge(these(0, 2, 3));
  t.same([isWhole, conflict], [false, undefined]);
  t.same([...pieces.indexes()], [0, 2, 3]);
  t.equal(files.places[S1], PLACES.whole);
  t.equal(files.places[S2], PLACES.partly, 'its end is in the piece that is fetched');
  t.equal(files.places[S3], PLACES.nothing);
  t.same([...files.pack], [1, 0]);
});

t.test('all of the bytes and no empty folder is not all of it', async (t) => {
  const { path, look, make } = await scene(t);
  await make();
  await rm(join(path, 'void'), { recursive: true });
  t.match((await look())!.judge(these(...all)), { isWhole: false, conflict: undefined });
});

t.test('what differs is named, as far as hashes can tell', async (t) => {
  const { path, look, make } = await scene(t);
  await make();
  const tree = (await look())!;
  const film = tree.judge(these(0, 1, 2));
  t.match(film.conflict, { code: 'DESTINATION_EXISTS', message: /album\/film exists already/ });
  t.same([...film.pieces.indexes()], [0, 1], 'of a large file all or nothing');
  t.equal(film.files.places[FILM], PLACES.nothing);
  const small = tree.judge(these(0, 2, 3));
  t.match(small.conflict, {
    message: /album\/s2, or another of the small files beside it, differs/,
  });
  await writeFile(join(path, 's1'), 'shorter');
  await rm(join(path, 'none'));
  await mkdir(join(path, 'none'));
  const other = (await look())!;
  t.same([...other.candidates.indexes()], [1, 2, 3]);
  t.match(other.judge(these(1, 2, 3)).conflict, { message: /album\/none and 1 more are there/ });
});

t.test('a link in place of a folder is refused, one in place of a file differs', async (t) => {
  const { path, look, make } = await scene(t);
  await make();
  await rm(join(path, 's3'));
  await symlink('s2', join(path, 's3'));
  t.match((await look())!.judge(these(0, 2, 3)).conflict, { message: /album\/s3 exists/ });
  await rm(path, { recursive: true });
  await symlink('/', path);
  await t.rejects(look(), { code: 'DESTINATION_EXISTS', message: /is no folder/ });
});

t.test('what is used and changed meanwhile is noticed', async (t) => {
  const { path, look, make } = await scene(t);
  await make();
  const tree = (await look())!;
  const { files } = tree.judge(these(...all));
  t.equal(tree.firstChanged(files, (await lookAtFolder(path, table)).stamps), undefined);
  await utimes(join(path, 's2'), 1, 1);
  t.equal(tree.firstChanged(files, (await lookAtFolder(path, table)).stamps), 's2');
});
