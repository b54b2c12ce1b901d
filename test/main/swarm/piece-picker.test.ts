import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { PiecePicker, type PieceSource } from '../../../src/main/swarm/piece-picker.js';
import { PieceTable } from '../../../src/main/swarm/piece-table.js';
import { bitsOf, layoutOf } from './fake-swarm.js';
import { seededRandom } from '../../fixtures/seeded-random.js';

/** A table past its first random pieces, in which these peers have pieces. */
function tableWith(pieceCount: number, peers: readonly Bitfield[]): PieceTable {
  const table = new PieceTable(layoutOf(pieceCount), bitsOf(pieceCount, [0, 1, 2, 3]));
  for (const bits of peers) table.addPeer(bits);
  return table;
}

function source(bits: Bitfield, except: readonly number[] = []): PieceSource {
  return { bits, mayFetch: (piece) => !except.includes(piece) };
}

t.test('the rarest piece that the peer has comes first', async (t) => {
  const seeder = Bitfield.full(10);
  const table = tableWith(10, [seeder, bitsOf(10, [4, 5, 7, 8, 9]), bitsOf(10, [4, 5, 8])]);
  const picker = new PiecePicker(table, seededRandom(1));
  const order: number[] = [];
  for (let piece = picker.pick(source(seeder)); piece !== undefined;) {
    table.assign(piece, 'seeder');
    order.push(piece);
    piece = picker.pick(source(seeder));
  }
  t.equal(order[0], 6, 'only the seeder has it');
  t.strictSame(order.slice(1, 3).sort(), [7, 9]);
  t.strictSame(order.slice(3).sort(), [4, 5, 8]);
});

t.test('equally rare pieces are chosen by chance', async (t) => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const table = tableWith(20, [Bitfield.full(20)]);
    firsts.add(new PiecePicker(table, seededRandom(seed)).pick(source(Bitfield.full(20)))!);
  }
  t.equal(firsts.size, 16, 'each of the missing pieces was first once');
});

t.test('the first pieces of a fresh download are chosen by chance, not by rarity', async (t) => {
  const firsts = new Set<number>();
  for (let seed = 0; seed < 200; seed++) {
    const table = new PieceTable(layoutOf(20));
    table.addPeer(Bitfield.full(20));
    table.addPeer(bitsOf(20, [1, 2, 3, 4, 5, 6, 7, 8]));
    firsts.add(new PiecePicker(table, seededRandom(seed)).pick(source(Bitfield.full(20)))!);
  }
  t.equal(firsts.size, 20);
});

t.test('a peer is not asked for what it lacks or must not be asked for', async (t) => {
  const table = tableWith(10, [Bitfield.full(10)]);
  const picker = new PiecePicker(table, seededRandom(1));
  t.equal(picker.pick(source(bitsOf(10, [1, 2]))), undefined, 'it has only what we have');
  t.equal(picker.pick(source(bitsOf(10, [1, 8]))), 8);
  t.equal(picker.pick(source(bitsOf(10, [1, 8]), [8])), undefined);
});

t.test('one piece among a hundred thousand is found', async (t) => {
  const count = 100_000;
  const poor = bitsOf(count, [77_777]);
  const table = tableWith(count, [Bitfield.full(count), poor]);
  const picker = new PiecePicker(table, seededRandom(1));
  t.equal(picker.pick(source(poor)), 77_777);
  table.assign(77_777, 'poor');
  t.equal(picker.pick(source(poor)), undefined);
});

t.test('among few pieces of a huge file a peer still gives the rarest first', async (t) => {
  const count = 100_000;
  const poor = bitsOf(count, [30_000, 50_000, 70_000]);
  const table = tableWith(count, [Bitfield.full(count), poor, bitsOf(count, [30_000, 70_000])]);
  t.equal(new PiecePicker(table, seededRandom(3)).pick(source(poor)), 50_000);
});
