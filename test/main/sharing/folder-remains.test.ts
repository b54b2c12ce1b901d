/** Which files of a folder are served on when some of its pieces, or its files, are not right. */
import { appendFile } from 'node:fs/promises';
import { join } from 'node:path';
import t from 'tap';
import { lookAtFolder, unchangedFiles } from '../../../src/main/disk/folder-stamps.js';
import {
  choiceWithout,
  remainsByReading,
  remainsByStamps,
} from '../../../src/main/sharing/folder-remains.js';
import { Bitfield } from '../../../src/net/bitfield.js';
import { folderLayout } from '../../../src/net/folder-layout.js';
import { MIN_PIECE_LENGTH } from '../../../src/net/limits.js';
import { INCARNATION } from '../../fixtures/incarnations.js';
import { makeTree, tableOf } from '../../fixtures/folder-tree.js';
import { sampleBytes } from '../../fixtures/sample-bytes.js';
import { testFolder } from '../../fixtures/test-folder.js';

const tree = {
  a: sampleBytes(10),
  b: sampleBytes(MIN_PIECE_LENGTH * 2),
  c: sampleBytes(MIN_PIECE_LENGTH - 20),
  d: sampleBytes(100),
  'e/': new Uint8Array(),
};
const folder = tableOf(tree);
// The pack is a, c and the beginning of d, then the rest of d; b has two pieces behind it.
const { pieces: layout } = folderLayout(folder, MIN_PIECE_LENGTH)!;

function bitsOf(length: number, ...indexes: number[]): Bitfield {
  const bits = new Bitfield(length);
  for (const index of indexes) bits.add(index);
  return bits;
}

t.test('a file goes with any of its pieces, and what has no bytes stays', async (t) => {
  const left = (...bad: number[]): number[] => [
    ...choiceWithout({ folder, layout }, bitsOf(layout.pieceCount, ...bad)).indexes(),
  ];
  t.same(left(), [0, 1, 2, 3, 4]);
  t.same(left(0), [1, 4]);
  t.same(left(layout.pieceCount - 1), [0, 2, 3, 4]);
  t.same(left(1), [0, 1, 2, 4]);
  t.same(left(0, 1, 2, 3), [4]);
});

t.test('what is not shared does not come back', async (t) => {
  const shared = bitsOf(8, 1, 2);
  const choice = choiceWithout({ folder, layout }, new Bitfield(layout.pieceCount), shared);
  t.same([...choice.indexes()], [1, 2]);
});

t.test('a file that was written to is told from the others by its stamp', async (t) => {
  const root = join(testFolder(t), 'album');
  await makeTree(root, tree);
  const { stamps } = await lookAtFolder(root, folder);
  await appendFile(join(root, 'b'), 'more');
  const { choice, look } = await unchangedFiles(root, folder, { stamps });
  t.same([...choice.indexes()], [0, 2, 3]);
  t.same(look.stamp, (await lookAtFolder(root, folder, choice)).stamp);
  t.equal(look.stamps[2], stamps[2]);
});

t.test('of a folder that is described no more nothing remains', async (t) => {
  const root = join(testFolder(t), 'album');
  await makeTree(root, tree);
  const { stamp, stamps } = await lookAtFolder(root, folder);
  const share = {
    ...{ groupId: 'group', incarnation: INCARNATION, name: 'album', fileId: 'id', path: root },
    ...{ stamp, sharedAtMs: 1, pieceLength: MIN_PIECE_LENGTH, isFolder: true as const },
  };
  const descriptions = { description: () => undefined };
  t.equal(await remainsByStamps(share, stamps, descriptions), undefined);
  const found = { bad: new Bitfield(layout.pieceCount), stamps };
  t.equal(await remainsByReading(share, found, descriptions), undefined);
});
