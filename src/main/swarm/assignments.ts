/**
 * Which peer fetches which piece: keeps the piece table and the peers' queues in step and
 * notes the messages that follow. Every change of a piece's holders goes through here.
 */
import { NEVER, type ConnectedPeer, type PeerTable } from './peer-table.js';
import type { PeerKey, PieceTable } from './piece-table.js';
import type { SwarmActionBatch } from './swarm-actions.js';

export class Assignments {
  readonly #table: PieceTable;
  readonly #peers: PeerTable;
  readonly #actions: SwarmActionBatch;
  /** Pieces that were asked back for a peer, unless they are on their way; each is assigned to another one. */
  readonly #promises = new Map<number, ConnectedPeer>();

  constructor(table: PieceTable, peers: PeerTable, actions: SwarmActionBatch) {
    this.#table = table;
    this.#peers = peers;
    this.#actions = actions;
  }

  /** The peer fetches the piece after those it has. */
  assign({ peer, queue }: ConnectedPeer, piece: number, nowMs: number): void {
    this.#takePromise(piece);
    this.#table.assign(piece, peer.key);
    queue.assign(piece, nowMs);
    this.#actions.fetch(peer.key, piece);
  }

  /** Asks a piece back from a connected peer; it can be picked for others at once. */
  takeBack({ peer, queue }: ConnectedPeer, piece: number, nowMs: number): void {
    if (queue.isYielding(piece)) this.#takePromise(piece);
    this.#release(peer.key, piece);
    queue.cancel(piece, nowMs);
    this.#actions.cancel(peer.key, piece);
  }

  /** Asks a piece back from the one peer that has it, for another one, unless it is on its way. */
  askBack(from: ConnectedPeer, piece: number, helper: ConnectedPeer, nowMs: number): void {
    from.queue.askBack(piece, nowMs);
    this.#promises.set(piece, helper);
    helper.queue.promised++;
    this.#actions.yield(from.peer.key, piece);
  }

  /** Whoever waits for a piece that is on its way after all waits for it no longer. */
  forgetOverdue(nowMs: number): void {
    for (const piece of [...this.#promises.keys()]) {
      const [key] = this.#table.holdersOf(piece);
      const queue = key === undefined ? undefined : this.#peers.connectedPeer(key)?.queue;
      if (queue?.mayYield(piece, nowMs) !== true) this.#takePromise(piece);
    }
  }

  /** Asks all pieces back from a connected peer that delivers nothing. */
  takeBackAll(from: ConnectedPeer, nowMs: number): void {
    for (const piece of from.queue.pieces) this.takeBack(from, piece, nowMs);
  }

  /** The session is done with a piece without delivering it: it can be picked again. */
  giveBack(by: ConnectedPeer, piece: number, nowMs: number): void {
    const isPromised = by.queue.isYielding(piece);
    if (by.queue.settle(piece, nowMs) === 'assigned') this.#release(by.peer.key, piece);
    if (isPromised) this.#keepPromise(piece, nowMs);
    by.nothingToPickAt = NEVER; // what it was asked to give back it may be asked for again
  }

  /** The session is over: all its pieces can be picked again, and it hears nothing more. */
  giveBackAll({ peer, queue }: ConnectedPeer): void {
    for (const piece of queue.pieces) {
      if (queue.isYielding(piece)) this.#takePromise(piece);
      this.#release(peer.key, piece);
    }
    this.#actions.forget(peer.key);
  }

  /** The piece is on disk: everybody else who fetches it is told to stop. */
  complete(piece: number, nowMs: number): void {
    this.#takePromise(piece);
    for (const key of this.#table.verify(piece)) {
      const holder = this.#peers.connectedPeer(key);
      if (holder?.queue.has(piece) !== true) continue; // the one that has just delivered it
      holder.queue.cancel(piece, nowMs);
      this.#actions.cancel(key, piece);
    }
  }

  /** For whom it was asked back has it, if that is still of use. */
  #keepPromise(piece: number, nowMs: number): void {
    const helper = this.#takePromise(piece);
    if (!helper || this.#peers.connectedPeer(helper.peer.key) !== helper) return;
    const isFree = this.#table.missing.has(piece) && helper.peer.state.kind === 'active';
    if (isFree && helper.bits.has(piece) && helper.mayFetch(piece))
      this.assign(helper, piece, nowMs);
  }

  #takePromise(piece: number): ConnectedPeer | undefined {
    const helper = this.#promises.get(piece);
    if (!this.#promises.delete(piece) || !helper) return undefined;
    helper.queue.promised--;
    return helper;
  }

  #release(key: PeerKey, piece: number): void {
    this.#table.release(piece, key);
    if (this.#table.missing.has(piece)) this.#peers.changes++;
  }
}
