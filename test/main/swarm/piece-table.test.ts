import fc from 'fast-check';
import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import { PieceTable } from '../../../src/main/swarm/piece-table.js';
import { bitsOf, layoutOf } from './fake-swarm.js';

t.test('a piece goes from missing over assigned and duplicated to verified', async (t) => {
  const table = new PieceTable(layoutOf(4));
  t.equal(table.stateOf(2), 'missing');
  table.assign(2, 'anna');
  t.equal(table.stateOf(2), 'assigned');
  t.equal(table.missing.count, 3);
  table.assign(2, 'bert');
  t.equal(table.stateOf(2), 'duplicated');
  t.strictSame(table.verify(2), ['anna', 'bert']);
  t.equal(table.stateOf(2), 'verified');
  t.equal(table.verifiedBytes, 256 * 1024);
});

t.test('a piece is missing again when the last peer has given it back', async (t) => {
  const table = new PieceTable(layoutOf(4));
  table.assign(1, 'anna');
  table.assign(1, 'bert');
  table.release(1, 'anna');
  t.equal(table.stateOf(1), 'assigned');
  table.release(1, 'bert');
  t.equal(table.stateOf(1), 'missing');
  t.ok(table.rarestFirst.flat().includes(1));
});

t.test('broken invariants are named', async (t) => {
  const table = new PieceTable(layoutOf(4));
  table.assign(0, 'anna');
  t.throws(() => table.assign(0, 'anna'), /bug: piece 0 assigned twice/);
  t.throws(() => table.release(0, 'bert'), /bug: piece 0 given back/);
  table.verify(0);
  t.throws(() => table.verify(0), /bug: piece 0 completed twice/);
  t.throws(() => table.assign(0, 'anna'), /bug: piece 0 assigned though it is verified/);
  t.throws(() => table.addPeer(new Bitfield(5)), /bug/);
  t.throws(() => new PieceTable(layoutOf(4), new Bitfield(5)), /bug/);
});

t.test('a table resumes with the pieces of an earlier run', async (t) => {
  const table = new PieceTable(layoutOf(4), bitsOf(4, [0, 3]));
  t.equal(table.stateOf(3), 'verified');
  t.strictSame(table.rarestFirst.flat(), [1, 2]);
  t.equal(table.verifiedBytes, 512 * 1024);
});

const change = fc.record({
  kind: fc.constantFrom('join', 'leave', 'have', 'lose', 'assign', 'release', 'verify'),
  peer: fc.nat(4),
  piece: fc.nat(29),
  share: fc.double({ min: 0, max: 1, noNaN: true }),
});

t.test('availability and the groups always equal a recount', async (t) => {
  fc.assert(
    fc.property(fc.array(change, { maxLength: 120 }), (changes) => {
      const table = new PieceTable(layoutOf(30));
      const peers = new Map<number, Bitfield>();
      for (const { kind, peer, piece, share } of changes) {
        const bits = peers.get(peer);
        const state = table.stateOf(piece);
        if (kind === 'join' && bits === undefined) {
          const own = Array.from({ length: Math.round(share * 30) }, (_, at) => (at * 7) % 30);
          peers.set(peer, bitsOf(30, own));
          table.addPeer(peers.get(peer)!);
        } else if (kind === 'leave' && bits !== undefined) {
          table.removePeer(bits);
          peers.delete(peer);
        } else if (kind === 'have' && bits !== undefined) table.addHave(bits, piece);
        else if (kind === 'lose' && bits !== undefined) table.removeHave(bits, piece);
        else if (kind === 'assign' && state === 'missing') table.assign(piece, 'anna');
        else if (kind === 'release' && state === 'assigned') table.release(piece, 'anna');
        else if (kind === 'verify' && state !== 'verified') table.verify(piece);
      }
      checkAgainstRecount(table, [...peers.values()]);
    }),
    { numRuns: 300, seed: 7 },
  );
  t.pass('all tables agreed');
});

function checkAgainstRecount(table: PieceTable, peers: readonly Bitfield[]): void {
  const listed = table.rarestFirst.flat();
  const expected = [...table.missing.indexes()];
  if ([...listed].sort((a, b) => a - b).join() !== expected.join())
    throw new Error('the listed pieces are not the missing ones');
  for (let piece = 0; piece < 30; piece++) {
    const count = peers.filter((bits) => bits.has(piece)).length;
    if (table.availability(piece) !== count) throw new Error(`piece ${piece} counted wrong`);
    if ((table.stateOf(piece) === 'missing') !== table.missing.has(piece))
      throw new Error(`piece ${piece} in two states`);
  }
  const order = listed.map((piece) => table.availability(piece));
  if (order.some((availability, at) => availability < (order[at - 1] ?? 0)))
    throw new Error('the rarest pieces do not come first');
}

t.test('what is not wanted is never missing, and counts for nothing but to be served', (t) => {
  const layout = layoutOf(4);
  const [verified, wanted] = [new Bitfield(4), new Bitfield(4)];
  verified.add(0);
  for (const piece of [1, 2]) wanted.add(piece);
  const table = new PieceTable(layout, verified, wanted);
  t.same([...table.missing.indexes()], [1, 2]);
  t.equal(table.verifiedBytes, 0, 'what an earlier run had of it');
  t.ok(table.verified.has(0));
  table.verify(1);
  t.equal(table.outstanding, 1);
  table.assign(2, 'ann');
  t.notOk(table.isComplete, 'it is being fetched');
  table.verify(2);
  t.ok(table.isComplete);
  t.equal(table.verifiedBytes, 2 * 262_144);
  t.end();
});
