import fc from 'fast-check';
import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { atOnce } from '../../../src/net/in-turns.js';
import {
  MAX_PIECE_COUNT,
  MAX_PIECE_MAP_CELLS,
  PIECE_MAP_KEPT_MS,
  PIECE_MAP_PART_PIECES,
} from '../../../src/net/limits.js';
import {
  pieceMap as mapInParts,
  PieceMaps,
  type MappedPieces,
} from '../../../src/main/downloads/piece-map.js';
import { PieceTable } from '../../../src/main/swarm/piece-table.js';

const pieceLength = 256 * 1024;
const pieceMap = (pieces: MappedPieces) => atOnce(mapInParts(pieces));

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

t.test('a large map is made in parts, none of which takes long', async (t) => {
  for (const pieceCount of [1, PIECE_MAP_PART_PIECES + 1, MAX_PIECE_COUNT]) {
    const all = Bitfield.full(pieceCount);
    const parts = mapInParts({ layout: layoutOf(pieceCount), wanted: all, verified: all });
    let count = 1;
    while (parts.next().done !== true) count++;
    const cellPieces = Math.ceil(pieceCount / MAX_PIECE_MAP_CELLS);
    t.ok(count >= Math.floor(pieceCount / (PIECE_MAP_PART_PIECES + cellPieces)), `${count} parts`);
    t.ok(count <= Math.ceil(pieceCount / PIECE_MAP_PART_PIECES) * 2, `${count} parts`);
  }
});

t.test('all who look at a download that runs share its map for a while', async (t) => {
  const table = new PieceTable(layoutOf(3), bits(3));
  let nowMs = 5;
  const running = [{ request: { id: '1' }, pieces: table }];
  const maps = new PieceMaps(
    {
      library: () => Promise.reject(new Error('it runs')),
      downloads: { running } as unknown as ConstructorParameters<typeof PieceMaps>[0]['downloads'],
    },
    () => nowMs,
  );
  const verified = async () => sum((await maps.of('1')).verified);
  t.equal(await verified(), 0);
  table.verify(0);
  nowMs += PIECE_MAP_KEPT_MS - 1;
  t.equal(await verified(), 0, 'it is not looked at again so soon');
  nowMs += 1;
  t.equal(await verified(), 1);
  table.verify(1);
  table.verify(2);
  t.equal(await verified(), 3, 'the last one is told at once');
});
