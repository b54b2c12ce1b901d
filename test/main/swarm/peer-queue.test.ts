/** How much a peer should have to fetch; a number for a clock. */
import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import {
  FIRST_BYTES_ASSIGNED_PER_FAR_PEER,
  FIRST_BYTES_ASSIGNED_PER_PEER,
  LATENCY_PER_CONNECTION_MS,
  MAX_BYTES_ASSIGNED_PER_PEER,
  MiB,
} from '../../../src/net/limits.js';
import { PeerQueue } from '../../../src/main/swarm/peer-queue.js';

const PIECE = MiB;
const NEAR_MS = LATENCY_PER_CONNECTION_MS - 1;
const FAR_MS = 200;

function queueAt(latencyMs: number): PeerQueue {
  return new PeerQueue(Bitfield.full(4096), PIECE, 0, latencyMs);
}

/** So many bytes a second for so long, in steps of 50 ms. */
function delivers(queue: PeerQueue, bytesPerSecond: number, forMs: number): void {
  queue.assign(0, 0);
  for (let nowMs = 50; nowMs <= forMs; nowMs += 50) queue.onReceived(bytesPerSecond / 20, nowMs);
}

t.test('one that has proved nothing has little, one that is far away more', async (t) => {
  t.equal(queueAt(NEAR_MS).wantedPieces, FIRST_BYTES_ASSIGNED_PER_PEER / PIECE);
  t.equal(queueAt(FAR_MS).wantedPieces, FIRST_BYTES_ASSIGNED_PER_FAR_PEER / PIECE);
  t.equal(queueAt(Infinity).wantedPieces, FIRST_BYTES_ASSIGNED_PER_PEER / PIECE, 'not measured');
});

t.test('over a long way a queue is filled up sooner', async (t) => {
  t.equal(queueAt(NEAR_MS).refillAtPieces, 1);
  t.equal(queueAt(FAR_MS).refillAtPieces, 6);
});

t.test('what it delivers lets it grow until its rate is known', async (t) => {
  const queue = queueAt(FAR_MS);
  queue.assign(0, 0);
  queue.onDelivered(4 * PIECE, 100);
  t.equal(queue.wantedPieces, 12);
});

t.test('then it has what it delivers in a second, or in eight of its latencies', async (t) => {
  const [near, far] = [queueAt(NEAR_MS), queueAt(FAR_MS)];
  for (const queue of [near, far]) delivers(queue, 10 * PIECE, 5_000);
  t.ok(Math.abs(near.wantedPieces - 10) <= 1, `${near.wantedPieces}`);
  t.ok(Math.abs(far.wantedPieces - 16) <= 1, `${far.wantedPieces}`);
  delivers(far, 1_000 * PIECE, 5_000);
  t.equal(far.wantedPieces, MAX_BYTES_ASSIGNED_PER_PEER / PIECE);
});

t.test('over a long way it keeps up with a rate that doubles with each round trip', async (t) => {
  const queue = new PeerQueue(Bitfield.full(4096), PIECE, 0, 300);
  queue.assign(0, 0);
  let bytesPerMs = 100;
  for (let nowMs = 300; nowMs <= 3_000; nowMs += 300) {
    queue.onReceived(bytesPerMs * 300, nowMs);
    // What it brings in the next round trips, up to the bound.
    const ahead = Math.min(4 * bytesPerMs * 300, MAX_BYTES_ASSIGNED_PER_PEER);
    t.ok(queue.wantedPieces * PIECE >= ahead, `${nowMs} ms: ${queue.wantedPieces} pieces`);
    bytesPerMs *= 2;
  }
});

t.test('one far away that drips is late after some seconds', async (t) => {
  const queue = queueAt(FAR_MS);
  delivers(queue, 10 * PIECE, 5_000);
  t.ok(queue.etaMs(0, PIECE, 5_000) < 200);
  for (let nowMs = 6_000; nowMs <= 15_000; nowMs += 1_000) queue.onReceived(1, nowMs);
  t.ok(queue.etaMs(0, PIECE, 15_000) > 5_000, 'as its rate says, and not as it once was');
});

t.test('one far away that had nothing to do is as fast as before', async (t) => {
  const queue = queueAt(FAR_MS);
  delivers(queue, 10 * PIECE, 5_000);
  queue.settle(0, 5_000);
  queue.onReceived(PIECE, 5_100);
  queue.assign(1, 60_000);
  queue.onReceived(2 * PIECE, 60_250);
  const etaMs = queue.etaMs(0, PIECE, 60_250);
  t.ok(etaMs > 80 && etaMs < 130, `${etaMs}`);
});
