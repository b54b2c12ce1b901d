import fc from 'fast-check';
import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { MAX_PIECE_COUNT, MAX_PIECE_MAP_CELLS } from '../../../src/net/limits.js';
import { pieceMap } from '../../../src/main/downloads/piece-map.js';
import { PieceTable } from '../../../src/main/swarm/piece-table.js';

const pieceLength = 256 * 1024;

function layoutOf(pieceCount: number) {
  return { size: pieceCount * pieceLength, pieceLength, pieceCount };
}

function bits(length: number, ...pieces: number[]): Bitfield {
  const made = new Bitfield(length);
  for (const piece of pieces) made.add(piece);
  return made;
}

function sum(list: readonly number[]): number {
  return list.reduce((total, one) => total + one, 0);
}

t.test('each piece of a small file is a cell, and says how it stands', async (t) => {
  const layout = layoutOf(5);
  const table = new PieceTable(layout, bits(5, 0));
  const two = bits(5, 1, 2);
  table.addPeer(two);
  table.addPeer(bits(5, 1));
  table.assign(1, 'ann');
  table.verify(3);
  const { wanted, verified } = table;
  t.strictSame(pieceMap({ layout, wanted, verified, fetching: table }), {
    pieceCount: 5,
    pieceLength,
    wanted: [1, 1, 1, 1, 1],
    verified: [1, 0, 0, 1, 0],
    asked: [0, 1, 0, 0, 0],
    peers: [0, 2, 1, 0, 0],
  });
});

t.test('of one that nobody fetches it says nothing of peers', async (t) => {
  const layout = layoutOf(2);
  const map = pieceMap({ layout, wanted: Bitfield.full(2), verified: bits(2, 1) });
  t.strictSame(map.verified, [0, 1]);
  t.strictSame(map.asked, [0, 0]);
  t.notHas(map, { peers: [] });
});

t.test('of a choice, only what is wanted counts', async (t) => {
  const layout = layoutOf(4);
  const map = pieceMap({ layout, wanted: bits(4, 1, 3), verified: bits(4, 0, 1) });
  t.strictSame(map.wanted, [0, 1, 0, 1]);
  t.strictSame(map.verified, [0, 1, 0, 0]);
});

t.test('an empty file has no cell', async (t) => {
  const layout = layoutOf(0);
  const map = pieceMap({ layout, wanted: new Bitfield(0), verified: new Bitfield(0) });
  t.strictSame(map.wanted, []);
});

t.test('the rarest missing piece of a cell counts, and no other', async (t) => {
  const pieceCount = 2 * MAX_PIECE_MAP_CELLS;
  const layout = layoutOf(pieceCount);
  const table = new PieceTable(layout, bits(pieceCount, 2));
  table.addPeer(bits(pieceCount, 0, 3));
  const { wanted, verified } = table;
  const { peers = [] } = pieceMap({ layout, wanted, verified, fetching: table });
  t.strictSame(
    peers.slice(0, 3),
    [0, 1, 0],
    'one of the first two has nobody; one of the next is here',
  );
});

t.test('the largest file has no more cells than the bound', async (t) => {
  const layout = layoutOf(MAX_PIECE_COUNT);
  const all = Bitfield.full(MAX_PIECE_COUNT);
  const { wanted, verified } = pieceMap({ layout, wanted: all, verified: all });
  t.equal(wanted.length, MAX_PIECE_MAP_CELLS);
  t.strictSame(verified, wanted);
});

t.test('every piece is in one cell, however many there are', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 5_000 }), fc.integer(), (pieceCount, seed) => {
      const verified = new Bitfield(pieceCount);
      for (let piece = 0; piece < pieceCount; piece++) {
        if (((seed >>> (piece % 31)) & 1) === 1) verified.add(piece);
      }
      const wanted = Bitfield.full(pieceCount);
      const map = pieceMap({ layout: layoutOf(pieceCount), wanted, verified });
      const most = Math.max(...map.wanted, 0);
      return (
        map.wanted.length <= MAX_PIECE_MAP_CELLS &&
        sum(map.wanted) === pieceCount &&
        sum(map.verified) === verified.count &&
        map.wanted.every((count) => count >= most - 1)
      );
    }),
  );
});
