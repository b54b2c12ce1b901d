import fc from 'fast-check';
import t from 'tap';
import { GiB, KiB, MAX_PIECE_COUNT, MiB, TARGET_PIECE_COUNT } from '../../src/net/limits.js';
import {
  choosePieceLength,
  isPieceIndex,
  isPieceLength,
  pieceLayout,
  pieceLengthAt,
  pieceOffset,
} from '../../src/net/piece-layout.js';

t.test('the piece length grows with the file, within its bounds', (t) => {
  const table = [
    [0, 256 * KiB],
    [1, 256 * KiB],
    [128 * MiB, 256 * KiB],
    [128 * MiB + 1, 512 * KiB],
    [256 * MiB + 1, 1 * MiB],
    [8 * GiB, 1 * MiB],
    [8 * GiB + 1, 2 * MiB],
    [128 * GiB, 16 * MiB],
    [1024 * GiB, 16 * MiB],
  ] as const;
  for (const [size, pieceLength] of table) t.equal(choosePieceLength(size), pieceLength);
  t.end();
});

t.test('a piece length is a power of two from 256 KiB to 16 MiB', (t) => {
  for (const length of [256 * KiB, 1 * MiB, 16 * MiB]) t.ok(isPieceLength(length));
  for (const length of [0, -1, 1, 128 * KiB, 300_000, 256 * KiB + 1, 32 * MiB, 0.5, NaN]) {
    t.notOk(isPieceLength(length));
  }
  t.end();
});

t.test('sizes and counts out of bounds have no layout', (t) => {
  const table: readonly (readonly [number, number])[] = [
    [-1, 1 * MiB],
    [0.5, 1 * MiB],
    [NaN, 1 * MiB],
    [2 ** 53, 16 * MiB],
    [1, 1],
    [MAX_PIECE_COUNT * 256 * KiB + 1, 256 * KiB],
  ];
  for (const [size, pieceLength] of table) t.equal(pieceLayout(size, pieceLength), undefined);
  t.equal(pieceLayout(MAX_PIECE_COUNT * 256 * KiB, 256 * KiB)?.pieceCount, MAX_PIECE_COUNT);
  t.end();
});

t.test('an empty file has no pieces', (t) => {
  const layout = pieceLayout(0, 256 * KiB);
  t.same(layout, { size: 0, pieceLength: 256 * KiB, pieceCount: 0 });
  t.equal(layout && isPieceIndex(layout, 0), false);
  t.end();
});

t.test('the pieces cover the file without gap or overlap', (t) => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 64 * MiB }), (size) => {
      const layout = pieceLayout(size, choosePieceLength(size));
      if (layout === undefined || layout.pieceCount > TARGET_PIECE_COUNT) return false;
      let end = 0;
      for (let index = 0; index < layout.pieceCount; index++) {
        if (pieceOffset(layout, index) !== end || pieceLengthAt(layout, index) < 1) return false;
        end += pieceLengthAt(layout, index);
      }
      return end === size;
    }),
  );
  t.end();
});

t.test('offsets of the largest files are exact', (t) => {
  const layout = pieceLayout(MAX_PIECE_COUNT * 16 * MiB - 1, 16 * MiB);
  t.ok(layout);
  if (layout === undefined) return t.end();
  t.equal(pieceOffset(layout, MAX_PIECE_COUNT - 1), (MAX_PIECE_COUNT - 1) * 16 * MiB);
  t.equal(pieceLengthAt(layout, MAX_PIECE_COUNT - 1), 16 * MiB - 1);
  t.end();
});

t.test('an index outside is recognised, and using it is a bug', (t) => {
  const layout = pieceLayout(1 * MiB, 256 * KiB)!;
  for (const index of [-1, 4, 0.5, NaN, Infinity]) {
    t.equal(isPieceIndex(layout, index), false);
    t.throws(() => pieceOffset(layout, index), /^bug: /);
    t.throws(() => pieceLengthAt(layout, index), /^bug: /);
  }
  t.end();
});
