/**
 * A swarm with fake peers whose clock is a number: each peer answers what it is told in
 * the order of its queue, at its own speed and with its own vices. Checks the invariants
 * of the swarm after every step.
 */
import { Bitfield } from '../../../src/net/bitfield.js';
import { pieceLayout, type PieceLayout } from '../../../src/net/piece-layout.js';
import { Swarm } from '../../../src/main/swarm/swarm.js';
import type { SwarmAction } from '../../../src/main/swarm/swarm-actions.js';
import { seededRandom } from '../../fixtures/seeded-random.js';

export const KiB = 1024;
export const MiB = 1024 * KiB;

/** A layout of this many pieces. */
export function layoutOf(pieceCount: number, pieceLength = 256 * KiB): PieceLayout {
  const layout = pieceLayout(pieceCount * pieceLength, pieceLength);
  if (layout === undefined) throw new Error('not a layout');
  return layout;
}

/** A set of these pieces. */
export function bitsOf(pieceCount: number, pieces: Iterable<number>): Bitfield {
  const bits = new Bitfield(pieceCount);
  for (const piece of pieces) bits.add(piece);
  return bits;
}

export interface FakePeerTraits {
  /** What it has; everything when absent. */
  readonly bits?: Bitfield;
  readonly bytesPerSecond: number;
  /** Chance of a corrupt piece, and of a rejected one. */
  readonly corrupts?: number;
  readonly rejects?: number;
}

/** The session and the peer behind it, as one. */
export class FakePeer {
  readonly key: string;
  readonly traits: FakePeerTraits;
  readonly has: Bitfield;
  queue: number[] = [];
  isStalled = false;
  isConnected = false;
  /** Bytes received of the first piece in the queue. */
  #progress = 0;
  readonly fetched = new Set<number>();

  constructor(key: string, traits: FakePeerTraits, pieceCount: number) {
    this.key = key;
    this.traits = traits;
    this.has = new Bitfield(pieceCount);
    for (const piece of (traits.bits ?? Bitfield.full(pieceCount)).indexes()) this.has.add(piece);
  }

  /** What the session reports after this much time. */
  run(ms: number, scene: Scene): void {
    if (!this.isConnected || this.isStalled || this.queue.length === 0) return;
    const bytes = (this.traits.bytesPerSecond * ms) / 1000;
    scene.swarm.onReceived(this.key, bytes, scene.nowMs);
    this.#progress += bytes;
    while (this.#progress >= scene.layout.pieceLength && this.queue.length > 0) {
      this.#progress -= scene.layout.pieceLength;
      this.#answer(this.queue.shift()!, scene);
    }
    if (this.queue.length === 0) this.#progress = 0;
  }

  cancel(pieces: readonly number[], scene: Scene): void {
    const asked = new Set(pieces);
    const returned = this.queue.filter((piece) => asked.has(piece));
    if (asked.has(this.queue[0] ?? -1)) this.#progress = 0;
    this.queue = this.queue.filter((piece) => !asked.has(piece));
    if (returned.length > 0) scene.swarm.onReturned(this.key, returned, false, scene.nowMs);
  }

  /** What has begun to come goes on. */
  yield(pieces: readonly number[], scene: Scene): void {
    const [begun] = this.queue;
    const returned = pieces.filter((piece) => this.queue.includes(piece) && piece !== begun);
    this.queue = this.queue.filter((piece) => !returned.includes(piece));
    if (returned.length > 0) scene.swarm.onReturned(this.key, returned, false, scene.nowMs);
  }

  #answer(piece: number, scene: Scene): void {
    const { corrupts = 0, rejects = 0 } = this.traits;
    const chance = scene.random();
    if (chance < corrupts) scene.swarm.onBad(this.key, piece, scene.nowMs);
    else if (chance < corrupts + rejects) {
      this.has.remove(piece);
      scene.swarm.onReturned(this.key, [piece], true, scene.nowMs);
    } else {
      this.fetched.add(piece);
      scene.swarm.onVerified(this.key, [piece], scene.nowMs);
    }
  }
}

/** One download, its clock and its fake peers. */
export class Scene {
  readonly layout: PieceLayout;
  readonly swarm: Swarm;
  readonly random: () => number;
  readonly peers = new Map<string, FakePeer>();
  readonly log: SwarmAction[] = [];
  nowMs = 1_000;
  /** Cancels that the session has not seen yet; they cross with what it reports. */
  #crossing: (() => void)[] = [];

  constructor(options: {
    pieceCount: number;
    seed?: number;
    verified?: Bitfield;
    pieceLength?: number;
  }) {
    this.layout = layoutOf(options.pieceCount, options.pieceLength);
    this.random = seededRandom(options.seed ?? 1);
    const { verified } = options;
    this.swarm = new Swarm({
      layout: this.layout,
      random: this.random,
      ...(verified === undefined ? {} : { verified }),
    });
  }

  dial(key: string, traits: FakePeerTraits): FakePeer {
    const peer = new FakePeer(key, traits, this.layout.pieceCount);
    this.peers.set(key, peer);
    this.swarm.onPeerConnecting(key, {
      userId: `user of ${key}`,
      deviceId: key,
      address: 'here:1',
    });
    return peer;
  }

  /** Dials and connects. */
  join(key: string, traits: FakePeerTraits): FakePeer {
    const peer = this.dial(key, traits);
    this.ready(peer);
    return peer;
  }

  /** It is asked for the file, and said to have all of it; nobody has measured the way to it. */
  asked(peer: FakePeer): void {
    peer.isConnected = true;
    this.swarm.onPeerAsked(peer.key, this.nowMs, Infinity);
  }

  ready(peer: FakePeer): void {
    peer.isConnected = true;
    this.swarm.onPeerReady(
      peer.key,
      bitsOf(this.layout.pieceCount, peer.has.indexes()),
      this.nowMs,
    );
  }

  leave(peer: FakePeer): void {
    peer.isConnected = false;
    peer.queue = [];
    this.swarm.onPeerGone(peer.key, 'closed');
  }

  /** Lets the swarm decide; fetches reach the sessions now, cancels and yields with the next step. */
  schedule(): readonly SwarmAction[] {
    const actions = this.swarm.schedule(this.nowMs);
    for (const action of actions) this.#carryOut(action);
    this.log.push(...actions);
    return actions;
  }

  /** Lets time pass: the peers deliver, the swarm ticks and decides. */
  step(ms = 50): void {
    this.nowMs += ms;
    for (const peer of this.peers.values()) peer.run(ms, this);
    const crossing = this.#crossing;
    this.#crossing = [];
    for (const arrive of crossing) arrive();
    this.swarm.onTick(this.nowMs);
    this.schedule();
  }

  /** Steps until the download is complete; fails the test when that takes too long. */
  finish(maxSteps = 5_000, ms = 50): void {
    this.schedule();
    for (let count = 0; count < maxSteps && !this.swarm.isComplete; count++) this.step(ms);
    if (!this.swarm.isComplete)
      throw new Error(`only ${this.swarm.verifiedCount} of ${this.layout.pieceCount} pieces came`);
  }

  /** Pieces assigned by the actions so far, by peer. */
  fetches(key: string): number[] {
    return this.log.flatMap((action) =>
      action.type === 'fetch' && action.peerKey === key ? action.pieces : [],
    );
  }

  cancels(key: string): number[] {
    return this.log.flatMap((action) =>
      action.type === 'cancel' && action.peerKey === key ? action.pieces : [],
    );
  }

  yields(key: string): number[] {
    return this.log.flatMap((action) =>
      action.type === 'yield' && action.peerKey === key ? action.pieces : [],
    );
  }

  /** Availability as a recount gives it, over the peers that the swarm takes for connected. */
  recount(): number[] {
    const counts = new Array<number>(this.layout.pieceCount).fill(0);
    for (const peer of this.peers.values())
      if (peer.isConnected) for (const piece of peer.has.indexes()) counts[piece]!++;
    return counts;
  }

  availability(): number[] {
    return Array.from({ length: this.layout.pieceCount }, (_, piece) =>
      this.swarm.pieceTable.availability(piece),
    );
  }

  #carryOut(action: SwarmAction): void {
    const peer = this.peers.get(action.peerKey);
    if (peer?.isConnected !== true) throw new Error(`${action.type} for a peer that is gone`);
    if (action.type === 'fetch') {
      for (const piece of action.pieces) {
        if (!peer.has.has(piece))
          throw new Error(`piece ${piece} assigned to ${peer.key}, which lacks it`);
        if (peer.queue.includes(piece))
          throw new Error(`piece ${piece} assigned twice to ${peer.key}`);
      }
      peer.queue.push(...action.pieces);
    } else if (action.type === 'cancel' || action.type === 'yield') {
      const { type } = action;
      this.#crossing.push(() => {
        if (peer.isConnected) peer[type](action.pieces, this);
      });
    } else {
      peer.isConnected = false;
      peer.queue = [];
      this.swarm.onPeerGone(peer.key, 'dropped');
    }
  }
}
