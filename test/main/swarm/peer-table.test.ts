import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import {
  MAX_PEERS_PER_DOWNLOAD,
  MAX_PEERS_REMEMBERED_PER_DOWNLOAD,
} from '../../../src/net/limits.js';
import { PeerQueue } from '../../../src/main/swarm/peer-queue.js';
import { PeerTable } from '../../../src/main/swarm/peer-table.js';
import { PieceTable } from '../../../src/main/swarm/piece-table.js';
import { bitsOf, KiB, layoutOf, MiB } from './fake-swarm.js';

const info = { userId: 'anna', deviceId: 'a1', address: 'here:1' };

function connect(peers: PeerTable, table: PieceTable, key: string, bits: Bitfield): void {
  peers.add(key, info);
  peers.connectingToActive(peers.get(key), new PeerQueue(bits, 256 * KiB, 0, 0), table);
}

t.test('a peer that was gone keeps its record when it comes back', async (t) => {
  const peers = new PeerTable();
  const table = new PieceTable(layoutOf(4));
  connect(peers, table, 'a', Bitfield.full(4));
  peers.get('a').verifiedBytes = 7;
  peers.toEnded(peers.get('a'), { kind: 'gone', reason: 'closed' }, table);
  t.match(peers.progress(), [{ ...info, state: 'gone', bytes: 7, reason: 'closed' }]);
  peers.add('a', { ...info, address: 'there:2' });
  t.match(peers.progress(), [{ address: 'there:2', state: 'connecting', bytes: 7 }]);
  t.equal(peers.connectingCount, 1);
  t.equal(peers.progress()[0]!.reason, 'closed', 'until it is connected, why it went is of use');
});

t.test('a refused piece is asked for again only when no other peer is left', async (t) => {
  const peers = new PeerTable();
  const table = new PieceTable(layoutOf(4));
  connect(peers, table, 'a', Bitfield.full(4));
  connect(peers, table, 'b', bitsOf(4, [2]));
  peers.get('a').refused.add(2);
  const a = peers.connectedPeer('a')!;
  t.equal(a.mayFetch(2), false);
  t.equal(a.mayFetch(1), true);
  peers.get('b').refused.add(2);
  t.equal(a.mayFetch(2), true, 'both have refused it');
  peers.get('b').refused.delete(2);
  peers.toEnded(peers.get('b'), { kind: 'gone', reason: 'closed' }, table);
  t.equal(a.mayFetch(2), true, 'the other one is gone');
});

t.test('the table is bounded, and forgets the longest gone first', async (t) => {
  const peers = new PeerTable();
  const table = new PieceTable(layoutOf(4));
  for (let at = 0; at <= MAX_PEERS_REMEMBERED_PER_DOWNLOAD; at++) {
    peers.add(`p${at}`, { ...info, deviceId: `d${at}` });
    const kind = at === 0 ? 'banned' : 'gone';
    peers.toEnded(peers.get(`p${at}`), { kind, reason: 'over' }, table);
  }
  t.equal(peers.progress().length, MAX_PEERS_REMEMBERED_PER_DOWNLOAD);
  t.equal(peers.find('p0')?.state.kind, 'banned');
  t.equal(peers.find('p1'), undefined);
  for (let at = 0; at < MAX_PEERS_PER_DOWNLOAD; at++) peers.add(`q${at}`, info);
  t.throws(() => peers.add('one more', info), /bug: too many peers/);
  t.throws(() => peers.add('q0', info), /bug: peer q0 connects twice/);
  t.throws(() => peers.get('nobody'), /bug: unknown peer/);
});

t.test('a queue starts small and grows with what is delivered', async (t) => {
  const queue = new PeerQueue(Bitfield.full(4096), 256 * KiB, 0, 0);
  t.equal(queue.wantedPieces, 8);
  for (let piece = 0; piece < 8; piece++) {
    queue.assign(piece, 0);
    queue.settle(piece, 1);
    queue.onDelivered(256 * KiB, 1);
  }
  t.equal(queue.wantedPieces, 16);
});

t.test('a measured queue holds a second of work, within its bounds', async (t) => {
  const wanted = (pieceLength: number, bytesPerSecond: number): number => {
    const queue = new PeerQueue(Bitfield.full(4096), pieceLength, 0, 0);
    queue.assign(0, 0);
    for (let nowMs = 250; nowMs <= 20_000; nowMs += 250)
      queue.onReceived(bytesPerSecond / 4, nowMs);
    return queue.wantedPieces;
  };
  t.equal(wanted(256 * KiB, 10 * KiB), 2, 'a slow peer has two pieces');
  t.ok(Math.abs(wanted(256 * KiB, 5 * MiB) - 21) <= 1);
  t.equal(wanted(256 * KiB, 900 * MiB), 128);
  t.equal(wanted(16 * MiB, 900 * MiB), 2);
});
