import fc from 'fast-check';
import t from 'tap';
import { bitsOf, KiB, Scene, type FakePeer, type FakePeerTraits } from './fake-swarm.js';
import { seededRandom } from '../../fixtures/seeded-random.js';

const PIECES = 60;

/** A peer with chosen vices and a part of the file. */
function traitsOf(random: () => number): FakePeerTraits {
  const part = random();
  const pieces = Array.from({ length: PIECES }, (_, piece) => piece);
  const own = part > 0.7 ? pieces : pieces.filter(() => random() < part);
  const vice = random();
  return {
    bits: bitsOf(PIECES, own),
    bytesPerSecond: 2 ** (random() * 12) * KiB,
    corrupts: vice < 0.2 ? random() : 0,
    rejects: vice > 0.2 && vice < 0.4 ? random() * 0.5 : 0,
  };
}

/** Something happens to some peer but the honest one. */
function mischief(scene: Scene, random: () => number, serial: number): void {
  const others = [...scene.peers.values()].filter((peer) => peer.key !== 'honest');
  const peer = others[Math.floor(random() * others.length)];
  const what = Math.floor(random() * 8);
  if (what === 0 && others.filter((other) => other.isConnected).length < 6)
    return void scene.join(`peer ${serial}`, traitsOf(random));
  if (peer === undefined) return;
  if (!peer.isConnected) return void (what === 1 && redial(scene, peer));
  if (what === 2) scene.leave(peer);
  if (what === 3) peer.isStalled = !peer.isStalled;
  if (what === 4) gain(scene, peer, Math.floor(random() * PIECES));
}

function redial(scene: Scene, peer: FakePeer): void {
  if (scene.swarm.isBanned(peer.key)) return;
  scene.dial(peer.key, { ...peer.traits, bits: peer.has });
  scene.ready(scene.peers.get(peer.key)!);
}

function gain(scene: Scene, peer: FakePeer, piece: number): void {
  peer.has.add(piece);
  scene.swarm.onPeerHave(peer.key, [piece]);
}

t.test('whatever the others do, a download completes while one honest peer stays', async (t) => {
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const random = seededRandom(seed);
      const scene = new Scene({ pieceCount: PIECES, seed: seed ^ 0x5bd1e995 });
      for (let serial = 0; serial < 3; serial++) scene.join(`peer -${serial}`, traitsOf(random));
      scene.join('honest', { bytesPerSecond: 256 * KiB });
      scene.schedule();
      for (let count = 0; !scene.swarm.isComplete; count++) {
        if (count > 20_000) throw new Error(`only ${scene.swarm.verifiedCount} pieces came`);
        if (random() < 0.3) mischief(scene, random, count);
        if (scene.availability().join() !== scene.recount().join())
          throw new Error('availability is not what a recount gives');
        scene.step(100);
      }
    }),
    { numRuns: 150, seed: 20 },
  );
  t.pass('all runs ended with all pieces');
});
