/**
 * Finds a piece that other peers fetch but that a peer with nothing to pick would deliver
 * much sooner: the end of a slow peer's queue during the download, and the last pieces of
 * all in the endgame. Pure; reads queues and table, changes nothing.
 *
 * Peers of equal speed do not fetch each other's pieces: that would only waste bytes. A
 * peer that stalls becomes late by its silence alone.
 */
import { MAX_PEERS_PER_PIECE } from '../../net/limits.js';
import type { ConnectedPeer, PeerTable } from './peer-table.js';
import type { PieceTable } from './piece-table.js';

/** How many times sooner the piece must be here to be worth the move. */
const LATE_FACTOR = 1.5;
/** And by at least this much, so that queues of milliseconds are left in peace. */
const LATE_MARGIN_MS = 20;
/** An idle peer is given a chance even if its last measured rate was next to nothing. */
const MIN_ASSUMED_BYTES_PER_SECOND = 16 * 1024;

/** A piece that is better fetched by another peer. */
export interface LatePiece {
  readonly piece: number;
  /** Who should stop fetching it; undefined when they go on and the first one wins. */
  readonly takenFrom: ConnectedPeer | undefined;
}

export class LatePieceFinder {
  readonly #table: PieceTable;
  readonly #peers: PeerTable;

  constructor(table: PieceTable, peers: PeerTable) {
    this.#table = table;
    this.#peers = peers;
  }

  /** The latest of the pieces that `helper` would deliver much sooner, if any. */
  find(helper: ConnectedPeer, assumedRate: number, nowMs: number): LatePiece | undefined {
    const helperEtaMs = this.#helperEtaMs(helper, assumedRate, nowMs);
    // What is on its way already comes all the same, and would come twice.
    const marginMs = Math.max(LATE_MARGIN_MS, helper.queue.latencyMs);
    let latestMs = helperEtaMs * LATE_FACTOR + marginMs;
    let latest: LatePiece | undefined;
    for (const holder of this.#peers.connected) {
      // Nothing in a queue is later than its end, so most queues need not be looked through.
      if (holder === helper || holder.queue.size === 0) continue;
      if (holder.queue.etaMs(holder.queue.size - 1, assumedRate, nowMs) <= latestMs) continue;
      const piece = lastFor(helper, holder);
      if (piece === undefined) continue;
      const { etaMs, slowest } = this.#holdersOf(piece, assumedRate, nowMs);
      if (etaMs <= latestMs) continue;
      latestMs = etaMs;
      latest = { piece, takenFrom: slowest };
    }
    return latest;
  }

  /**
   * When the helper would have a further piece. One that has nothing to do is given the
   * benefit of the doubt: trying it is the only way to learn what it can do now.
   */
  #helperEtaMs({ queue }: ConnectedPeer, assumedRate: number, nowMs: number): number {
    if (queue.size > 0) return queue.etaMs(queue.size, assumedRate, nowMs);
    const rate = queue.bytesPerSecond(nowMs);
    if (rate === undefined) return queue.latencyMs;
    const { pieceLength } = this.#table.layout;
    const deliveringMs = (pieceLength * 1000) / Math.max(rate, MIN_ASSUMED_BYTES_PER_SECOND);
    return queue.latencyMs + deliveringMs;
  }

  /**
   * When the first of those who fetch a piece is expected to have it, and who should give it
   * up: the one peer that has not begun it, or the slowest one when there are enough.
   */
  #holdersOf(
    piece: number,
    assumedRate: number,
    nowMs: number,
  ): { etaMs: number; slowest: ConnectedPeer | undefined } {
    const keys = this.#table.holdersOf(piece);
    let etaMs = Infinity;
    let slowestMs = -1;
    let slowest: ConnectedPeer | undefined;
    let hasBegun = false;
    for (const key of keys) {
      const holder = this.#peers.connectedPeer(key)!;
      const place = holder.queue.pieces.indexOf(piece);
      const holderMs = holder.queue.etaMs(place, assumedRate, nowMs);
      etaMs = Math.min(etaMs, holderMs);
      hasBegun ||= place === 0;
      if (holderMs <= slowestMs) continue;
      slowestMs = holderMs;
      slowest = holder;
    }
    const isReplaced = keys.length >= MAX_PEERS_PER_PIECE || (keys.length === 1 && !hasBegun);
    return { etaMs, slowest: isReplaced ? slowest : undefined };
  }
}

/** The piece nearest to the end of a queue that the helper could fetch and does not. */
function lastFor(helper: ConnectedPeer, holder: ConnectedPeer): number | undefined {
  return holder.queue.pieces.findLast(
    (piece) => helper.bits.has(piece) && !helper.queue.has(piece) && helper.mayFetch(piece),
  );
}
