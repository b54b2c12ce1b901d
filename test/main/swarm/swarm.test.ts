import t from 'tap';
import { Bitfield } from '../../../src/net/bitfield.js';
import {
  FIRST_BYTES_ASSIGNED_PER_FAR_PEER,
  FIRST_BYTES_ASSIGNED_PER_PEER,
  MAX_PEERS_PER_PIECE,
  SNUB_AFTER_MS,
} from '../../../src/net/limits.js';
import { bitsOf, FakePeer, KiB, MiB, Scene } from './fake-swarm.js';

const PIECE = 256 * KiB;

function stateOf(scene: Scene, key: string): string | undefined {
  return scene.swarm.peers.find((peer) => peer.deviceId === key)?.state;
}

/** Lets a snub happen: the peers are silent, time passes. */
function waitUntilSnubbed(scene: Scene): void {
  for (let ms = 0; ms <= SNUB_AFTER_MS; ms += 1_000) scene.step(1_000);
}

t.test('four equal seeders share the work, though one connected first', async (t) => {
  const scene = new Scene({ pieceCount: 4096 });
  const seeders = ['a', 'b', 'c', 'd'].map((key) => scene.dial(key, { bytesPerSecond: 200 * MiB }));
  scene.ready(seeders[0]!);
  scene.schedule();
  for (let ms = 0; ms < 50; ms++) scene.step(1);
  for (const late of seeders.slice(1)) scene.ready(late);
  scene.finish(5_000, 1);
  for (const { bytes } of scene.swarm.peers) t.ok(bytes > 0.15 * scene.layout.size, `${bytes}`);
  t.equal(scene.swarm.wastedBytes, 0);
  const messages = scene.log.filter(({ type }) => type === 'fetch').length;
  t.ok(messages < 4096 / 16, `${messages} fetch messages for 4096 pieces`);
});

t.test('a small file is divided among the seeders that are still connecting', async (t) => {
  const scene = new Scene({ pieceCount: 8 });
  const seeders = ['a', 'b', 'c', 'd'].map((key) => scene.dial(key, { bytesPerSecond: MiB }));
  for (const seeder of seeders) {
    scene.ready(seeder);
    scene.schedule();
  }
  for (const { key } of seeders) t.equal(scene.fetches(key).length, 2);
});

t.test('a download resumes with what is verified', async (t) => {
  const scene = new Scene({ pieceCount: 6, verified: bitsOf(6, [0, 1, 5]) });
  scene.join('a', { bytesPerSecond: MiB });
  scene.finish();
  t.strictSame(scene.fetches('a').sort(), [2, 3, 4]);
  t.equal(scene.swarm.verifiedBytes, 6 * PIECE);
  t.equal(scene.swarm.fetchedBytes, 3 * PIECE);
  t.ok(scene.swarm.verifiedBitfield.isFull);
});

t.test('nothing is to be done without news', async (t) => {
  const scene = new Scene({ pieceCount: 6 });
  scene.join('a', { bytesPerSecond: MiB });
  t.not(scene.schedule().length, 0);
  t.strictSame(scene.schedule(), []);
});

t.test('a corrupt piece is fetched again from another peer', async (t) => {
  const scene = new Scene({ pieceCount: 1 });
  const liar = scene.join('liar', { bytesPerSecond: MiB });
  scene.schedule();
  scene.join('honest', { bytesPerSecond: MiB });
  liar.queue = [];
  scene.swarm.onBad('liar', 0, scene.nowMs);
  scene.schedule();
  t.strictSame(scene.fetches('honest'), [0]);
  t.strictSame(scene.fetches('liar'), [0], 'the liar was asked once');
  t.match(scene.swarm.peers, [{ badPieces: 1, state: 'active' }, { badPieces: 0 }]);
});

t.test('a corrupt piece is asked of the same peer again when there is no other', async (t) => {
  const scene = new Scene({ pieceCount: 1 });
  const only = scene.join('only', { bytesPerSecond: MiB });
  scene.schedule();
  only.queue = [];
  scene.swarm.onBad('only', 0, scene.nowMs);
  scene.finish();
  t.strictSame(scene.fetches('only'), [0, 0]);
});

t.test('a peer is banned for its second bad piece, and its pieces go to others', async (t) => {
  const scene = new Scene({ pieceCount: 20 });
  scene.join('liar', { bytesPerSecond: 4 * MiB, corrupts: 1 });
  scene.schedule();
  scene.join('honest', { bytesPerSecond: MiB });
  scene.finish();
  t.match(
    scene.log.filter(({ type }) => type === 'drop'),
    [{ peerKey: 'liar' }],
  );
  t.match(scene.swarm.peers[0], { state: 'banned', badPieces: 2, bytes: 0, reason: /SHA-1/ });
  t.ok(scene.swarm.isBanned('liar'));
  t.throws(() => scene.dial('liar', { bytesPerSecond: 1 }), /bug/);
});

t.test('what a gone peer still reports is used or ignored, and is no error', async (t) => {
  const scene = new Scene({ pieceCount: 8 });
  const anna = scene.join('anna', { bytesPerSecond: MiB });
  scene.schedule();
  const [first, second] = scene.fetches('anna');
  scene.leave(anna);
  scene.swarm.onVerified('anna', [first!], scene.nowMs);
  scene.swarm.onReturned('anna', [second!], false, scene.nowMs);
  scene.swarm.onPeerHave('anna', [3]);
  scene.swarm.onReceived('anna', 100, scene.nowMs);
  scene.swarm.onPeerReady('anna', Bitfield.full(8), scene.nowMs);
  scene.swarm.onPeerGone('anna', 'again');
  t.match(scene.swarm.peers, [{ state: 'gone', reason: 'closed', bytes: PIECE }]);
  t.equal(scene.swarm.pieceTable.stateOf(second!), 'missing');
  t.strictSame(scene.availability(), new Array(8).fill(0));
});

t.test('a piece is not given to a peer again before it was given back', async (t) => {
  const scene = new Scene({ pieceCount: 2 });
  const anna = scene.join('anna', { bytesPerSecond: MiB });
  scene.schedule();
  // Silent for so long that its pieces are taken back; it does not answer that either.
  anna.queue = [];
  scene.step(SNUB_AFTER_MS + 1);
  t.notOk(scene.schedule().some(({ type }) => type === 'fetch'));
  scene.swarm.onReturned('anna', [1], false, scene.nowMs);
  t.match(scene.schedule(), [{ type: 'fetch', pieces: [1] }]);
});

t.test('a silent peer is snubbed and others take over', async (t) => {
  const scene = new Scene({ pieceCount: 40 });
  const silent = scene.join('silent', { bytesPerSecond: MiB });
  silent.isStalled = true;
  scene.schedule();
  waitUntilSnubbed(scene);
  t.equal(stateOf(scene, 'silent'), 'snubbed');
  t.ok(scene.cancels('silent').length > 2);
  scene.step();
  t.ok(silent.queue.length <= 1, 'one piece is left to prove itself');
  scene.join('anna', { bytesPerSecond: MiB });
  scene.finish();
  t.equal(scene.swarm.peers[1]?.bytes, 40 * PIECE);
});

t.test('a snubbed peer that delivers again is active again', async (t) => {
  const scene = new Scene({ pieceCount: 40 });
  const peer = scene.join('moody', { bytesPerSecond: 4 * MiB });
  peer.isStalled = true;
  scene.schedule();
  waitUntilSnubbed(scene);
  peer.isStalled = false;
  scene.step();
  scene.step();
  t.equal(stateOf(scene, 'moody'), 'active');
  scene.finish();
});

t.test('a peer that stays silent is dropped after a minute', async (t) => {
  const scene = new Scene({ pieceCount: 4 });
  scene.join('dead', { bytesPerSecond: MiB }).isStalled = true;
  scene.schedule();
  for (let seconds = 0; seconds < 75; seconds++) scene.step(1_000);
  t.match(scene.log.at(-1), { type: 'drop', peerKey: 'dead' });
  t.equal(stateOf(scene, 'dead'), 'gone');
});

t.test('a fast peer with nothing to pick takes the end of the queue of a slow one', async (t) => {
  const scene = new Scene({ pieceCount: 8 });
  scene.join('slow', { bytesPerSecond: 64 * KiB });
  scene.schedule();
  t.equal(scene.fetches('slow').length, 8);
  scene.join('fast', { bytesPerSecond: 8 * MiB });
  for (let count = 0; count < 40; count++) scene.step();
  t.ok(scene.swarm.isComplete, 'after two seconds instead of half a minute');
  t.not(scene.cancels('slow').length, 0);
});

t.test('in the endgame the first peer to verify a piece wins and the others stop', async (t) => {
  const scene = new Scene({ pieceCount: 1 });
  scene.join('silent', { bytesPerSecond: MiB }).isStalled = true;
  scene.schedule();
  scene.join('anna', { bytesPerSecond: MiB });
  scene.step(1_000);
  t.equal(scene.swarm.pieceTable.stateOf(0), 'duplicated');
  scene.finish();
  t.strictSame(scene.cancels('silent'), [0]);
  scene.swarm.onVerified('silent', [0], scene.nowMs);
  t.equal(scene.swarm.wastedBytes, PIECE, 'it had crossed with the cancel');
  t.match(scene.swarm.peers, [{ bytes: 0 }, { bytes: PIECE }]);
});

t.test('no more than a few peers fetch one piece; the slowest makes room', async (t) => {
  const scene = new Scene({ pieceCount: 1 });
  for (let count = 0; count < MAX_PEERS_PER_PIECE + 2; count++) {
    scene.join(`silent ${count}`, { bytesPerSecond: MiB }).isStalled = true;
    for (let steps = 0; steps < 10; steps++) {
      scene.step();
      t.ok(scene.swarm.pieceTable.holdersOf(0).length <= MAX_PEERS_PER_PIECE);
    }
  }
  scene.join('anna', { bytesPerSecond: MiB });
  scene.finish(20);
});

t.test('a rejected piece is fetched from another peer', async (t) => {
  const scene = new Scene({ pieceCount: 2 });
  const anna = scene.join('anna', { bytesPerSecond: MiB });
  scene.schedule();
  anna.queue = [];
  anna.has.remove(1);
  scene.swarm.onReturned('anna', [1], true, scene.nowMs);
  t.equal(scene.swarm.pieceTable.availability(1), 0);
  scene.schedule();
  scene.join('bert', { bytesPerSecond: MiB, bits: bitsOf(2, [1]) });
  scene.schedule();
  t.strictSame(scene.fetches('bert'), [1]);
});

t.test('a piece that a peer gains is fetched from it', async (t) => {
  const scene = new Scene({ pieceCount: 4 });
  const poor = scene.join('poor', { bytesPerSecond: MiB, bits: bitsOf(4, []) });
  t.strictSame(scene.schedule(), []);
  poor.has.add(2);
  scene.swarm.onPeerHave('poor', [2]);
  t.match(scene.schedule(), [{ type: 'fetch', peerKey: 'poor', pieces: [2] }]);
});

t.test('a piece completed twice by one peer is a bug', async (t) => {
  const scene = new Scene({ pieceCount: 4 });
  scene.join('anna', { bytesPerSecond: MiB });
  scene.schedule();
  const [piece] = scene.fetches('anna');
  scene.swarm.onVerified('anna', [piece!], scene.nowMs);
  t.throws(() => scene.swarm.onVerified('anna', [piece!], scene.nowMs), /bug: .* completed twice/);
  t.doesNotThrow(() => scene.swarm.onPeerHave('nobody', [1]), 'of a peer forgotten since');
});

t.test('an empty file is complete at once', async (t) => {
  const scene = new Scene({ pieceCount: 0 });
  t.ok(scene.swarm.isComplete);
  t.strictSame(scene.schedule(), []);
});

t.test('a peer with everything is given pieces before it says what it has', (t) => {
  const scene = new Scene({ pieceCount: 3 });
  const seeder = scene.dial('seeder', { bytesPerSecond: MiB });
  scene.asked(seeder);
  scene.swarm.onPeerAsked('seeder', scene.nowMs);
  scene.schedule();
  t.same(scene.fetches('seeder').sort(), [0, 1, 2]);
  seeder.has.remove(2);
  scene.ready(seeder);
  t.equal(scene.swarm.pieceTable.availability(2), 0, 'it has less than was told');
  seeder.queue = seeder.queue.filter((piece) => piece !== 2);
  scene.swarm.onReturned('seeder', [2], true, scene.nowMs);
  scene.schedule();
  t.equal(scene.fetches('seeder').length, 3, 'and is not asked for that again');
  scene.join('other', { bytesPerSecond: MiB });
  scene.finish();
  t.ok(scene.fetches('other').includes(2));
  t.end();
});

t.test(
  'pieces that are on their way on a guess are ordered first, as far as they are missing',
  (t) => {
    const scene = new Scene({ pieceCount: 64, verified: bitsOf(64, [7]) });
    scene.dial('seeder', { bytesPerSecond: MiB }).isConnected = true;
    scene.swarm.onPeerAsked('seeder', scene.nowMs, 80, [40, 7, 41]);
    scene.schedule();
    t.same(scene.fetches('seeder').slice(0, 2), [40, 41]);
    // One of whom it was not known what it has.
    scene.dial('other', { bytesPerSecond: MiB }).isConnected = true;
    scene.swarm.onPeerReady('other', bitsOf(64, [50]), scene.nowMs, 80, [50, 51, 41]);
    scene.schedule();
    t.same(scene.fetches('other'), [50]);
    t.end();
  },
);

t.test('a peer that was asked before its latency was known is far away once it is', (t) => {
  const scene = new Scene({ pieceCount: 128 });
  scene.asked(scene.dial('seeder', { bytesPerSecond: MiB }));
  scene.schedule();
  t.equal(scene.fetches('seeder').length, FIRST_BYTES_ASSIGNED_PER_PEER / PIECE);
  scene.swarm.onPeerReady('seeder', Bitfield.full(128), scene.nowMs, 200);
  scene.schedule();
  t.equal(scene.fetches('seeder').length, FIRST_BYTES_ASSIGNED_PER_FAR_PEER / PIECE);
  t.end();
});

t.test('a peer that was asked and went gives everything back', (t) => {
  const scene = new Scene({ pieceCount: 2 });
  const seeder = scene.dial('seeder', { bytesPerSecond: MiB });
  scene.asked(seeder);
  scene.schedule();
  scene.leave(seeder);
  t.equal(scene.swarm.pieceTable.missing.count, 2);
  t.equal(scene.swarm.pieceTable.availability(0), 0);
  t.end();
});

/** Two connections with a queue each, of which the second one has run dry. */
function dryAndLoaded(): { scene: Scene; loaded: FakePeer; dry: FakePeer } {
  const scene = new Scene({ pieceCount: 8 });
  const loaded = scene.join('loaded', { bytesPerSecond: 64 * KiB });
  for (let count = 0; count < 20; count++) scene.step();
  const dry = scene.join('dry', { bytesPerSecond: 8 * MiB });
  return { scene, loaded, dry };
}

t.test('what waits for a slow peer is asked back, and comes once', async (t) => {
  const { scene, loaded, dry } = dryAndLoaded();
  scene.finish();
  t.ok(scene.yields('loaded').length > 0);
  t.equal(scene.swarm.wastedBytes, 0);
  t.equal(loaded.fetched.size + dry.fetched.size, 8, 'no piece came from both');
});

t.test('what is not given back in time is fetched by whoever has run dry', async (t) => {
  const { scene, loaded, dry } = dryAndLoaded();
  loaded.isStalled = true;
  loaded.yield = () => {};
  const beganMs = scene.nowMs;
  scene.finish();
  t.ok(scene.nowMs - beganMs < SNUB_AFTER_MS, 'long before its silence is one');
  t.ok(dry.fetched.size > 0);
});

t.test('a piece that is given back for a peer that has gone is missing', async (t) => {
  const { scene, loaded, dry } = dryAndLoaded();
  scene.schedule();
  t.ok(scene.yields('loaded').length > 0);
  scene.leave(dry);
  scene.step();
  const third = scene.join('third', { bytesPerSecond: 8 * MiB });
  scene.finish();
  t.equal(loaded.fetched.size + third.fetched.size, 8);
});

t.test('what was bad is not asked at once of the same device over another connection', (t) => {
  const scene = new Scene({ pieceCount: 16 });
  scene.join('loaded', { bytesPerSecond: 64 * KiB });
  scene.join('other', { bytesPerSecond: 64 * KiB });
  for (let count = 0; count < 20; count++) scene.step();
  const again = new FakePeer('again', { bytesPerSecond: 8 * MiB }, 16);
  scene.peers.set('again', again);
  const device = { userId: 'user of loaded', deviceId: 'loaded', address: 'here:2' };
  scene.swarm.onPeerConnecting('again', device);
  for (const key of ['loaded', 'other']) scene.peers.get(key)!.yield = () => {};
  scene.ready(again);
  scene.schedule();
  const [piece] = scene.yields('loaded');
  if (piece === undefined) throw new Error('nothing was asked back');
  scene.swarm.onBad('loaded', piece, scene.nowMs);
  t.same([...scene.swarm.pieceTable.holdersOf(piece)], []);
  t.end();
});

t.test('a peer is wanted while it has what is lacking', async (t) => {
  const scene = new Scene({ pieceCount: 2 });
  const seeder = scene.dial('seeder', { bytesPerSecond: MiB });
  t.notOk(scene.swarm.isWanted('seeder'), 'nobody knows what it has');
  scene.ready(seeder);
  t.ok(scene.swarm.isWanted('seeder'));
  t.notOk(scene.swarm.isWanted('another'));
  scene.schedule();
  scene.finish(5_000, 1);
  t.notOk(scene.swarm.isWanted('seeder'));
});
