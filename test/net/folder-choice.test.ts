/** Which pieces a choice among the files of a folder takes, and which it holds alone. */
import t from 'tap';
import { Bitfield } from '../../src/net/bitfield.js';
import {
  bytesOfPieces,
  chosenOf,
  piecesOfChoice,
  piecesOfPlace,
} from '../../src/net/folder-choice.js';
import { folderLayout } from '../../src/net/folder-layout.js';
import type { FolderEntry } from '../../src/net/folder-table.js';
import { KiB, MiB } from '../../src/net/limits.js';

const entry = (path: string, size: number, kind: FolderEntry['kind'] = 'file'): FolderEntry => {
  return { path, kind, size, isExecutable: false, mtimeMs: 0 };
};
/** A pack of two pieces (a and b in the first, b and d in the second), and two large files. */
const table = [
  entry('a', 100 * KiB),
  entry('b', 200 * KiB),
  entry('c', MiB + 1),
  entry('d', 10 * KiB),
  entry('e', 512 * KiB),
  entry('none', 0),
  entry('void', 0, 'empty-folder'),
];
const layout = folderLayout(table, 256 * KiB)!;

function chosen(...entries: number[]) {
  const choice = new Bitfield(table.length);
  for (const one of entries) choice.add(one);
  const { wanted, whole } = piecesOfChoice(layout, choice);
  return { wanted: [...wanted.indexes()], whole: [...whole.indexes()] };
}

t.test('what is chosen takes every piece in which something of it lies', (t) => {
  t.same(chosen(2), { wanted: [2, 3, 4, 5, 6], whole: [2, 3, 4, 5, 6] });
  t.same(chosen(4), { wanted: [7, 8], whole: [7, 8] });
  t.same(chosen(0), { wanted: [0], whole: [] }, 'its piece holds another file too');
  t.same(chosen(0, 1), { wanted: [0, 1], whole: [0] });
  t.same(chosen(0, 1, 3), { wanted: [0, 1], whole: [0, 1] });
  t.same(chosen(5, 6), { wanted: [], whole: [] }, 'what has no bytes');
  const all = piecesOfChoice(layout);
  t.ok(all.wanted.isFull && all.whole.isFull);
  t.end();
});

t.test('the pieces of one file, the entries of a choice and the bytes of a set', (t) => {
  t.same(piecesOfPlace(layout, 1), [0, 1], 'b');
  t.same(piecesOfPlace(layout, 4), [7, 8], 'e');
  t.equal(chosenOf(table), table);
  const choice = new Bitfield(8);
  choice.add(2);
  t.same(chosenOf(table, choice), [table[2]]);
  const { wanted } = piecesOfChoice(layout, choice);
  t.equal(bytesOfPieces(layout.pieces, wanted), MiB + 1);
  t.equal(bytesOfPieces(layout.pieces, Bitfield.full(9)), layout.pieces.size);
  t.end();
});
