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

  constructor(table: PieceTable, peers: PeerTable, actions: SwarmActionBatch) {
    this.#table = table;
    this.#peers = peers;
    this.#actions = actions;
  }

  /** The peer fetches the piece after those it has. */
  assign({ peer, queue }: ConnectedPeer, piece: number, nowMs: number): void {
    this.#table.assign(piece, peer.key);
    queue.assign(piece, nowMs);
    this.#actions.fetch(peer.key, piece);
  }

  /** Asks a piece back from a connected peer; it can be picked for others at once. */
  takeBack({ peer, queue }: ConnectedPeer, piece: number, nowMs: number): void {
    this.#release(peer.key, piece);
    queue.cancel(piece, nowMs);
    this.#actions.cancel(peer.key, piece);
  }

  /** Asks all pieces back from a connected peer that delivers nothing. */
  takeBackAll(from: ConnectedPeer, nowMs: number): void {
    for (const piece of from.queue.pieces) this.takeBack(from, piece, nowMs);
  }

  /** The session is done with a piece without delivering it: it can be picked again. */
  giveBack(by: ConnectedPeer, piece: number, nowMs: number): void {
    if (by.queue.settle(piece, nowMs) === 'assigned') this.#release(by.peer.key, piece);
    by.nothingToPickAt = NEVER; // what it was asked to give back it may be asked for again
  }

  /** The session is over: all its pieces can be picked again, and it hears nothing more. */
  giveBackAll({ peer, queue }: ConnectedPeer): void {
    for (const piece of queue.pieces) this.#release(peer.key, piece);
    this.#actions.forget(peer.key);
  }

  /** The piece is on disk: everybody else who fetches it is told to stop. */
  complete(piece: number, nowMs: number): void {
    for (const key of this.#table.verify(piece)) {
      const holder = this.#peers.connectedPeer(key);
      if (holder?.queue.has(piece) !== true) continue; // the one that has just delivered it
      holder.queue.cancel(piece, nowMs);
      this.#actions.cancel(key, piece);
    }
  }

  #release(key: PeerKey, piece: number): void {
    this.#table.release(piece, key);
    if (this.#table.missing.has(piece)) this.#peers.changes++;
  }
}
