/** Which piece is sent unasked to whoever asks for a file by its name. */
import fc from 'fast-check';
import t from 'tap';
import { Bitfield } from '../../src/net/bitfield.js';
import {
  DEFAULT_BLOCK_LENGTH,
  FAR_BYTES_PER_CONNECTION,
  KiB,
  MAX_PIECES_LOOKED_AT_FOR_A_NAME,
  MiB,
} from '../../src/net/limits.js';
import { pieceLayout } from '../../src/net/piece-layout.js';
import { promisedBlock } from '../../src/net/promised-block.js';

const PIECE = 256 * KiB;
const asked = { part: 0, parts: 1, start: 0, length: MiB };

function fileOf(pieceCount: number, short = 0) {
  return pieceLayout(pieceCount * PIECE - short, PIECE)!;
}

t.test('it is the first piece of the part that is there, and no more than fits', (t) => {
  const layout = fileOf(64, 100);
  const pieces = new Bitfield(64);
  t.equal(promisedBlock(asked, layout, pieces), undefined, 'nothing is there');
  for (const piece of [9, 63]) pieces.add(piece);
  const cases: readonly (readonly [object, object | undefined])[] = [
    [{}, { pieceIndex: 9, length: PIECE }],
    [{ length: 100 }, { pieceIndex: 9, length: 100 }],
    [{ length: 0 }, undefined],
    [{ start: 2 ** 31 }, { pieceIndex: 63, length: PIECE - 100 }],
    [{ start: 2 ** 32 - 1 }, { pieceIndex: 63, length: PIECE - 100 }],
    [
      { part: 1, parts: 2 },
      { pieceIndex: 63, length: PIECE - 100 },
    ],
    [{ part: 1, parts: 3 }, undefined],
  ];
  for (const [more, block] of cases)
    t.same(promisedBlock({ ...asked, ...more }, layout, pieces), block, JSON.stringify(more));
  const large = pieceLayout(64 * MiB, 16 * MiB)!;
  t.match(promisedBlock(asked, large, Bitfield.full(4)), { length: DEFAULT_BLOCK_LENGTH });
  t.equal(promisedBlock(asked, pieceLayout(0, PIECE)!, Bitfield.full(0)), undefined, 'no bytes');
  t.end();
});

t.test('what is far away in a long file is not looked for', (t) => {
  const pieceCount = 2 * MAX_PIECES_LOOKED_AT_FOR_A_NAME;
  const pieces = new Bitfield(pieceCount);
  pieces.add(MAX_PIECES_LOOKED_AT_FOR_A_NAME);
  t.equal(promisedBlock(asked, fileOf(pieceCount), pieces), undefined);
  pieces.add(MAX_PIECES_LOOKED_AT_FOR_A_NAME - 1);
  t.ok(promisedBlock(asked, fileOf(pieceCount), pieces));
  t.end();
});

t.test('whoever asks for all parts gets each piece once, and of a small file one', (t) => {
  const u32 = fc.nat(0xffff_ffff);
  const counts = {
    pieceCount: fc.integer({ min: 1, max: 200 }),
    parts: fc.integer({ min: 1, max: 9 }),
  };
  fc.assert(
    fc.property(fc.record({ ...counts, start: u32 }), ({ pieceCount, parts, start }) => {
      const layout = fileOf(pieceCount);
      const sent = Array.from({ length: parts }, (_, part) =>
        promisedBlock({ ...asked, part, parts, start }, layout, Bitfield.full(pieceCount)),
      ).filter((block) => block !== undefined);
      const worth = Math.max(1, Math.floor(layout.size / FAR_BYTES_PER_CONNECTION));
      return (
        sent.length === Math.min(parts, worth) &&
        new Set(sent.map(({ pieceIndex }) => pieceIndex)).size === sent.length &&
        sent.every(({ pieceIndex }) => pieceIndex < pieceCount)
      );
    }),
  );
  t.end();
});
