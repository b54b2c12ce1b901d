import fc from 'fast-check';
import t from 'tap';
import { extentsOf, folderLayout, folderPieceCount } from '../../src/net/folder-layout.js';
import { KiB, MAX_PIECE_COUNT, MiB } from '../../src/net/limits.js';
import { pieceLengthAt, pieceOffset } from '../../src/net/piece-layout.js';
import { anyTable, emptyFolder, fileEntry, tableOf } from './sample-folder.js';

const PIECE = 256 * KiB;

/** A large file between small ones, a file of exactly one piece, and what has no bytes. */
const table = tableOf(
  fileEntry('a', 100 * KiB),
  fileEntry('b', 2 * PIECE + 5),
  fileEntry('c', 200 * KiB),
  fileEntry('d'),
  emptyFolder('e'),
  fileEntry('f', PIECE),
  fileEntry('g', 1),
);

t.test('small files come first, packed; each other one begins with a piece', (t) => {
  const layout = folderLayout(table, PIECE)!;
  t.same(layout.entries, Uint32Array.of(0, 2, 6, 1, 5));
  t.same(layout.starts, Float64Array.of(0, 100 * KiB, 300 * KiB, 2 * PIECE, 5 * PIECE));
  t.equal(layout.packBytes, 300 * KiB + 1);
  t.equal(layout.packPieces, 2);
  t.same(layout.pieces.lengths, Uint32Array.of(PIECE, 44 * KiB + 1, PIECE, PIECE, 5, PIECE));
  t.equal(layout.pieces.pieceCount, 6);
  t.equal(layout.pieces.size, 3 * PIECE + 300 * KiB + 6);
  t.equal(pieceLengthAt(layout.pieces, 1), 44 * KiB + 1);
  t.equal(pieceOffset(layout.pieces, 4), 4 * PIECE);
  t.end();
});

/** What `extentsOf` says but for the sizes of the files. */
function placesOf(...range: Parameters<typeof extentsOf>) {
  return extentsOf(...range).map(({ entry, offset, length }) => ({ entry, offset, length }));
}

t.test('a piece of the pack lies in several files', (t) => {
  const layout = folderLayout(table, PIECE)!;
  t.same(placesOf(layout, 0, PIECE), [
    { entry: 0, offset: 0, length: 100 * KiB },
    { entry: 2, offset: 0, length: 156 * KiB },
  ]);
  t.same(placesOf(layout, PIECE + 44 * KiB - 1, 2), [
    { entry: 2, offset: 200 * KiB - 1, length: 1 },
    { entry: 6, offset: 0, length: 1 },
  ]);
  t.same(placesOf(layout, 3 * PIECE + 7, 11), [{ entry: 1, offset: PIECE + 7, length: 11 }]);
  t.same(placesOf(layout, 0, 0), []);
  t.match(extentsOf(layout, 100 * KiB, 1), [{ entry: 2, size: 200 * KiB }]);
  t.end();
});

t.test('behind a short piece there is nothing', (t) => {
  const layout = folderLayout(table, PIECE)!;
  t.throws(() => extentsOf(layout, 4 * PIECE, 6), /^bug: no file holds/);
  t.throws(() => extentsOf(layout, PIECE + 44 * KiB + 1, 1), /^bug: no file holds/);
  t.throws(() => extentsOf(layout, 6 * PIECE, 1), /^bug: no file holds/);
  t.throws(() => extentsOf(layout, -1, 1), /^bug: no file holds/);
  t.end();
});

t.test('a large file keeps its pieces whole when others come and go', (t) => {
  const alone = folderLayout([fileEntry('b', 2 * PIECE + 5)], PIECE)!;
  t.same(alone.pieces.lengths, Uint32Array.of(PIECE, PIECE, 5));
  t.equal(alone.packPieces, 0);
  t.end();
});

t.test('a folder without bytes has no pieces', (t) => {
  const layout = folderLayout([emptyFolder('a'), fileEntry('b')], PIECE)!;
  t.equal(layout.pieces.pieceCount, 0);
  t.equal(layout.pieces.size, 0);
  t.end();
});

t.test('the pieces hold every byte of every file once, in order', (t) => {
  fc.assert(
    fc.property(anyTable, (table) => {
      const layout = folderLayout(table, PIECE)!;
      const reached = table.map(() => 0);
      for (let piece = 0; piece < layout.pieces.pieceCount; piece++) {
        const length = pieceLengthAt(layout.pieces, piece);
        if (length < 1 || length > PIECE) return false;
        for (const extent of extentsOf(layout, pieceOffset(layout.pieces, piece), length)) {
          if (extent.offset !== reached[extent.entry]) return false;
          reached[extent.entry]! += extent.length;
        }
      }
      return table.every(({ size }, entry) => reached[entry] === size);
    }),
  );
  t.end();
});

t.test('sums out of bounds have no layout, and cost nothing to refuse', (t) => {
  const huge = fileEntry('a', 2 ** 48 - 1);
  t.equal(folderLayout([huge], 16 * MiB), undefined);
  t.equal(folderLayout(Array<typeof huge>(1_000).fill(huge), 16 * MiB), undefined);
  t.equal(folderPieceCount([fileEntry('a', MAX_PIECE_COUNT * PIECE + 1)], PIECE), undefined);
  t.equal(folderPieceCount([fileEntry('a', MAX_PIECE_COUNT * PIECE)], PIECE), MAX_PIECE_COUNT);
  const packToo = [fileEntry('a', MAX_PIECE_COUNT * PIECE), fileEntry('b', 1)];
  t.equal(folderPieceCount(packToo, PIECE), undefined);
  t.equal(folderLayout([fileEntry('a', 1)], 1000), undefined);
  t.end();
});
