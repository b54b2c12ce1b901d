/** Which pieces of a download other contents have, by their descriptions. */
import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { placesIn } from '../../../src/main/downloads/piece-reuse.js';

const PIECE = 262_144;

/** A content whose pieces have hashes of these bytes each, the last one short by some. */
function described(hashes: readonly number[], short = 0) {
  const pieceHashes = Buffer.concat(hashes.map((byte) => Buffer.alloc(20, byte)));
  const pieceCount = hashes.length;
  return {
    layout: { size: pieceCount * PIECE - short, pieceLength: PIECE, pieceCount },
    pieceHashes,
  };
}

t.test('a missing piece is found where the same hash is, however the contents are cut', (t) => {
  const missing = Bitfield.full(3);
  missing.remove(0);
  const places = placesIn(described([9, 3, 1, 2]), described([1, 2, 3]), missing);
  t.same(
    [...places],
    [
      [1, 3 * PIECE],
      [2, PIECE],
    ],
  );
  t.end();
});

t.test('a hash that stands for another length is not believed', (t) => {
  const places = placesIn(described([1, 2], 5), described([2, 1]), Bitfield.full(2));
  t.same([...places], [[1, 0]]);
  t.end();
});
