/**
 * The pure state machine of one download: what its peers have, fetch and deliver. Facts
 * enter through the `onX` methods, in the order in which the sessions report them; what
 * follows leaves through `schedule()`. Owns the piece table and the peer table. Must never
 * touch a clock, a socket, a timer or chance that was not handed in.
 *
 * Messages cross: a piece may be verified after it was asked back, and a peer may still be
 * heard although it is gone. Such facts are taken for what they are worth and are no error.
 * A session must answer every piece it was told to fetch exactly once (verified, bad or
 * returned); a cancelled piece that it has answered already gets no second answer. One that is asked to
 * yield pieces returns those that are not on their way, and delivers the others.
 */
import { Bitfield } from '../../net/bitfield.js';
import { bug } from '../../net/errors.js';
import {
  DROP_SNUBBED_AFTER_MS,
  MAX_BAD_PIECES_PER_PEER,
  MAX_BANNED_DEVICES,
  SNUB_AFTER_MS,
} from '../../net/limits.js';
import { pieceLengthAt, pieceOffset, type PieceLayout } from '../../net/piece-layout.js';
import { Assignments } from './assignments.js';
import type { PeerProgress } from '../api/progress.js';
import { InOrderPicker } from './in-order-picker.js';
import { LatePieceFinder } from './late-pieces.js';
import { PeerQueue } from './peer-queue.js';
import { NEVER, PeerTable, type ConnectedPeer, type Peer, type PeerInfo } from './peer-table.js';
import { PieceAssigner } from './piece-assigner.js';
import { PiecePicker, type Random } from './piece-picker.js';
import { PieceTable, type PeerKey } from './piece-table.js';
import { SwarmActionBatch, type SwarmAction } from './swarm-actions.js';

export interface SwarmOptions {
  readonly layout: PieceLayout;
  /** Pieces of an earlier run; none when absent. */
  readonly verified?: Bitfield;
  /** Pieces that are to be fetched. @default all */
  readonly wanted?: Bitfield;
  readonly random: Random;
  /** Somebody reads the content from its beginning while it comes. @default false */
  readonly isInOrder?: boolean;
}

const NOTHING: readonly SwarmAction[] = [];

export class Swarm {
  readonly #table: PieceTable;
  readonly #peers = new PeerTable();
  readonly #actions = new SwarmActionBatch();
  readonly #assignments: Assignments;
  readonly #assigner: PieceAssigner;
  /** Devices that sent too many bad pieces; as long as the download lasts. */
  readonly #banned = new Set<string>();
  readonly #isInOrder: boolean;
  readonly #resumedBytes: number;
  #wastedBytes = 0;
  /** True when something happened since the last schedule. */
  #hasNews = false;

  constructor(options: SwarmOptions) {
    this.#table = new PieceTable(options.layout, options.verified, options.wanted);
    this.#resumedBytes = this.#table.verifiedBytes;
    this.#assignments = new Assignments(this.#table, this.#peers, this.#actions);
    const { isInOrder = false } = options;
    this.#isInOrder = isInOrder;
    const rarest = new PiecePicker(this.#table, options.random);
    this.#assigner = new PieceAssigner(
      this.#table,
      this.#peers,
      isInOrder ? new InOrderPicker(this.#table, rarest) : rarest,
      new LatePieceFinder(this.#table, this.#peers),
      this.#assignments,
    );
  }

  // --- Facts -----------------------------------------------------------------

  /** A session was started for this peer. A bug for one of a banned device, see `isBanned`. */
  onPeerConnecting(peerKey: PeerKey, info: PeerInfo): void {
    this.#peers.add(peerKey, info);
    this.#hasNews = true;
  }

  /** Where and how the peer was met that is about to be ready. */
  onPeerMet(peerKey: PeerKey, how: Pick<PeerInfo, 'address' | 'way' | 'relayedBy'>): void {
    const peer = this.#peers.find(peerKey);
    if (peer) peer.info = { userId: peer.info.userId, deviceId: peer.info.deviceId, ...how };
  }

  /**
   * A peer that is told to have everything is being asked for the file: it may be given pieces before it
   * says what it has. `begun` are on their way from it already.
   */
  onPeerAsked(
    peerKey: PeerKey,
    nowMs: number,
    latencyMs = Infinity,
    begun: readonly number[] = [],
  ): void {
    const peer = this.#peers.find(peerKey);
    if (peer?.state.kind !== 'connecting') return;
    const { pieceCount } = this.#table.layout;
    this.#connectingToActive(peer, Bitfield.full(pieceCount), nowMs, latencyMs);
    this.#orderBegun(peerKey, begun, nowMs);
  }

  /** The peer is connected and has these pieces; the bitfield belongs to the swarm now. `begun` as before. */
  onPeerReady(
    peerKey: PeerKey,
    bits: Bitfield,
    nowMs: number,
    latencyMs = Infinity,
    begun: readonly number[] = [],
  ): void {
    const peer = this.#peers.find(peerKey);
    const connected = this.#connected(peerKey);
    if (peer?.state.kind === 'connecting') {
      this.#connectingToActive(peer, bits, nowMs, latencyMs).hasSaid = true;
      this.#orderBegun(peerKey, begun, nowMs);
    } else if (connected) {
      // It was asked before, perhaps when nobody had measured the way to it yet.
      connected.queue.onLatency(latencyMs, nowMs);
      this.#onSaid(connected, bits);
    }
    // Of any other the end was decided while it was still on its way.
  }

  /** What is still missing of pieces that are on their way. */
  #orderBegun(peerKey: PeerKey, begun: readonly number[], nowMs: number): void {
    const connected = this.#connected(peerKey);
    for (const piece of begun) {
      const isWanted = this.#table.missing.has(piece) && connected?.bits.has(piece) === true;
      if (isWanted && connected.mayFetch(piece)) this.#assignments.assign(connected, piece, nowMs);
    }
  }

  /** A peer says what it has; what it was asked for before of what it lacks, it rejects. */
  #onSaid(connected: ConnectedPeer, bits: Bitfield): void {
    const asked = connected.bits;
    const lacking = [...asked.without(bits).indexes()];
    const further = [...bits.without(asked).indexes()];
    for (const piece of lacking) this.#table.removeHave(asked, piece);
    for (const piece of further) this.#table.addHave(asked, piece);
    connected.queue.hasSaid = true;
    connected.nothingToPickAt = NEVER;
    this.#hasNews = true;
  }

  #connectingToActive(peer: Peer, bits: Bitfield, nowMs: number, latencyMs: number): PeerQueue {
    const queue = new PeerQueue(bits, this.#table.layout.pieceLength, nowMs, latencyMs);
    this.#peers.connectingToActive(peer, queue, this.#table);
    this.#hasNews = true;
    return queue;
  }

  /** The peer has further pieces. */
  onPeerHave(peerKey: PeerKey, pieces: readonly number[]): void {
    const connected = this.#connected(peerKey);
    if (connected === undefined) return;
    for (const piece of pieces) {
      this.#table.addHave(connected.bits, piece);
      if (this.#table.stateOf(piece) === 'verified') continue;
      connected.nothingToPickAt = NEVER;
      this.#hasNews = true;
    }
  }

  /** Pieces are on disk and verified; they count even when their peer is gone meanwhile. */
  onVerified(peerKey: PeerKey, pieces: readonly number[], nowMs: number): void {
    for (const piece of pieces) this.#onPieceVerified(peerKey, piece, nowMs);
    this.#hasNews = true;
  }

  /** The bytes of a piece did not match its SHA-1; too many of these ban the peer. */
  onBad(peerKey: PeerKey, piece: number, nowMs: number): void {
    const peer = this.#peers.find(peerKey);
    // Forgotten since: its pieces were given back with its connection.
    if (peer === undefined) return;
    const connected = this.#connected(peerKey);
    peer.badPieces++;
    // A device answers for all its connections: none of them is given the piece when it is free again.
    const { deviceId } = peer.info;
    const records = this.#peers.ofDevice(deviceId);
    for (const record of records) record.refused.add(piece);
    if (connected !== undefined) this.#assignments.giveBack(connected, piece, nowMs);
    this.#hasNews = true;
    const badPieces = records.reduce((sum, record) => sum + record.badPieces, 0);
    if (badPieces < MAX_BAD_PIECES_PER_PEER) return;
    const reason = `sent ${badPieces} pieces that do not match their SHA-1`;
    this.#rememberBan(deviceId);
    for (const record of records) this.#ban(record, reason);
  }

  /** The session does not fetch these pieces; when rejected, the peer has them no more. */
  onReturned(
    peerKey: PeerKey,
    pieces: readonly number[],
    isRejected: boolean,
    nowMs: number,
  ): void {
    const connected = this.#connected(peerKey);
    if (connected === undefined) return;
    for (const piece of pieces) {
      this.#assignments.giveBack(connected, piece, nowMs);
      if (!isRejected) continue;
      // What was asked before it said what it has, and of which it said that it lacks it, is no refusal.
      const isRefusal = connected.queue.hasSaid && connected.bits.has(piece);
      this.#table.removeHave(connected.bits, piece);
      if (isRefusal) connected.peer.refused.add(piece);
      this.#peers.changes++; // a peer that refused it too may now be the only one left
    }
    this.#hasNews = true;
  }

  /** Bytes of blocks came in, verified or not. */
  onReceived(peerKey: PeerKey, bytes: number, nowMs: number): void {
    const connected = this.#connected(peerKey);
    if (connected === undefined) return;
    const { peer, queue } = connected;
    queue.onReceived(bytes, nowMs);
    if (peer.state.kind !== 'snubbed') return;
    peer.state = { kind: 'active', queue };
    this.#hasNews = true;
  }

  /** The session has ended: its last fact. All its pieces are given back. */
  onPeerGone(peerKey: PeerKey, reason: string): void {
    const peer = this.#peers.find(peerKey);
    if (!peer || peer.state.kind === 'gone' || peer.state.kind === 'banned') return;
    this.#end(peer, { kind: 'gone', reason });
    this.#hasNews = true;
  }

  /** Time has passed; call it a few times a second. */
  onTick(nowMs: number): void {
    for (const connected of [...this.#peers.connected]) this.#checkSilence(connected, nowMs);
    this.#assignments.forgetOverdue(nowMs);
    this.#hasNews = true;
  }

  // --- What next -------------------------------------------------------------

  /** What to do now, given all facts so far; empty when nothing happened since the last call. */
  schedule(nowMs: number): readonly SwarmAction[] {
    if (!this.#hasNews) return NOTHING;
    this.#hasNews = false;
    if (!this.isComplete) this.#assigner.fill(nowMs);
    return this.#actions.flush();
  }

  // --- Progress --------------------------------------------------------------

  get isComplete(): boolean {
    return this.#table.isComplete;
  }

  /** The verified pieces; a live view that must not be changed. */
  get verifiedBitfield(): Bitfield {
    return this.#table.verified;
  }

  get verifiedCount(): number {
    return this.#table.verified.count;
  }

  get verifiedBytes(): number {
    return this.#table.verifiedBytes;
  }

  /** Bytes from the beginning that are verified without a gap; of a folder the place behind them in its sequence. */
  get leadingBytes(): number {
    const { leading, layout } = this.#table;
    if (leading === 0) return 0;
    return pieceOffset(layout, leading - 1) + pieceLengthAt(layout, leading - 1);
  }

  /** Verified bytes of this run, without those it was resumed with. */
  get fetchedBytes(): number {
    return this.#table.verifiedBytes - this.#resumedBytes;
  }

  /** Bytes of pieces that came a second time. */
  get wastedBytes(): number {
    return this.#wastedBytes;
  }

  get peers(): readonly PeerProgress[] {
    return this.#peers.progress();
  }

  /** Pieces that are missing and that no peer has who is connected; nothing while nobody is. */
  *lackedByAll(): Generator<number> {
    const [someone] = this.#peers.connected;
    if (!someone) return;
    for (const piece of this.#table.missing.indexes()) {
      if (this.#table.availability(piece) === 0) yield piece;
    }
  }

  /** True for a connected peer that has a piece which is lacking here. */
  isWanted(peerKey: PeerKey): boolean {
    const { bits } = this.#connected(peerKey) ?? {};
    return bits !== undefined && bits.and(this.#table.missing).count > 0;
  }

  /** True for a device that must not be dialled again for this download. */
  isBanned(deviceId: string): boolean {
    return this.#banned.has(deviceId);
  }

  /** The pieces as the swarm sees them; a live view that must not be changed. */
  get pieceTable(): PieceTable {
    return this.#table;
  }

  // --- Inside ----------------------------------------------------------------

  #onPieceVerified(peerKey: PeerKey, piece: number, nowMs: number): void {
    const peer = this.#peers.find(peerKey);
    const connected = this.#connected(peerKey);
    const bytes = pieceLengthAt(this.#table.layout, piece);
    if (connected !== undefined) {
      if (connected.queue.settle(piece, nowMs) === 'unknown')
        bug(`piece ${piece} completed twice by peer ${peerKey}, or never assigned to it`);
      connected.queue.onDelivered(bytes, nowMs);
    }
    if (this.#table.stateOf(piece) === 'verified') {
      this.#wastedBytes += bytes;
      return;
    }
    if (peer) peer.verifiedBytes += bytes;
    const { leading } = this.#table;
    this.#assignments.complete(piece, nowMs);
    // The window moves, so that there is something to pick for who found nothing in it.
    if (this.#isInOrder && this.#table.leading > leading) this.#peers.changes++;
  }

  /** The oldest ban is forgotten first; each has cost its device two pieces. */
  #rememberBan(deviceId: string): void {
    this.#banned.add(deviceId);
    const [oldest] = this.#banned;
    if (this.#banned.size > MAX_BANNED_DEVICES && oldest) this.#banned.delete(oldest);
  }

  #ban(peer: Peer, reason: string): void {
    if (peer.state.kind === 'banned') return;
    // Also one that is still being dialled: its session would wait for work for ever.
    const hasSession = peer.state.kind !== 'gone';
    this.#end(peer, { kind: 'banned', reason });
    if (hasSession) this.#actions.drop(peer.key);
  }

  #checkSilence(connected: ConnectedPeer, nowMs: number): void {
    const { peer, queue } = connected;
    if (peer.state.kind === 'snubbed' && nowMs - peer.state.sinceMs > DROP_SNUBBED_AFTER_MS) {
      const reason = `delivered nothing for ${DROP_SNUBBED_AFTER_MS / 1000} seconds`;
      this.#end(peer, { kind: 'gone', reason });
      this.#actions.drop(peer.key);
      return;
    }
    if (queue.silentMs(nowMs) <= SNUB_AFTER_MS) return;
    this.#assignments.takeBackAll(connected, nowMs);
    if (peer.state.kind !== 'active') return;
    peer.state = { kind: 'snubbed', queue, sinceMs: nowMs };
    this.#peers.changes++;
  }

  #end(peer: Peer, state: Peer['state'] & { kind: 'gone' | 'banned' }): void {
    const connected = this.#connected(peer.key);
    if (connected !== undefined) this.#assignments.giveBackAll(connected);
    this.#peers.toEnded(peer, state, this.#table);
  }

  /** Undefined for a peer that is connecting, gone, banned or forgotten. */
  #connected(peerKey: PeerKey): ConnectedPeer | undefined {
    return this.#peers.connectedPeer(peerKey);
  }
}
