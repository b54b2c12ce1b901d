/**
 * Finds a piece that other peers fetch but that a peer with nothing to pick would deliver
 * much sooner: the end of a slow peer's queue during the download, and the last pieces of
 * all in the endgame. Pure; reads queues and table, changes nothing.
 *
 * Peers of equal speed do not fetch each other's pieces: that would only waste bytes. A
 * peer that stalls becomes late by its silence alone. What is not on its way can be asked back, and comes once;
 * of the rest a second copy is fetched only by a peer that has run dry, and that will be much sooner.
 */
import { MAX_PEERS_PER_PIECE } from '../../net/limits.js';
import type { ConnectedPeer, PeerTable } from './peer-table.js';
import type { PieceTable } from './piece-table.js';

/** How many times sooner the piece must be here to be worth the move. */
const LATE_FACTOR = 1.5;
/** And by at least this much, so that queues of milliseconds are left in peace. */
const LATE_MARGIN_MS = 20;
/** What is on its way comes all the same: so many times sooner, and round trips, must a second copy be here. */
const COPY_FACTOR = 2;
const COPY_LATENCIES = 3;
/** An idle peer is given a chance even if its last measured rate was next to nothing. */
const MIN_ASSUMED_BYTES_PER_SECOND = 16 * 1024;

/** A piece that is better fetched by another peer. */
export interface LatePiece {
  readonly piece: number;
  /** Who has it now, of several the slowest. */
  readonly holder: ConnectedPeer;
  /**
   * `ask-back`: it may not be under way yet, and is moved if so; `take`: from the holder at once; `share`: both fetch
   * it, and the first one wins.
   */
  readonly how: 'ask-back' | 'take' | 'share';
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
    const copyMs = this.#copyEtaMs(helper, helperEtaMs, assumedRate, nowMs);
    let latest: LatePiece | undefined;
    for (const holder of this.#peers.connected) {
      // Nothing in a queue is later than its end, so most queues need not be looked through.
      if (holder === helper || holder.queue.size === 0) continue;
      if (holder.queue.etaMs(holder.queue.size - 1, assumedRate, nowMs) <= latestMs) continue;
      const piece = lastFor(helper, holder, nowMs);
      if (piece === undefined) continue;
      const { etaMs, ...found } = this.#holdersOf(piece, assumedRate, nowMs);
      if (etaMs <= latestMs) continue;
      if (found.how === 'share' && etaMs <= copyMs) continue;
      latestMs = etaMs;
      latest = { piece, ...found };
    }
    return latest;
  }

  /**
   * When the helper would have a further piece. One that has nothing to do is given the
   * benefit of the doubt: trying it is the only way to learn what it can do now.
   */
  #helperEtaMs({ queue }: ConnectedPeer, assumedRate: number, nowMs: number): number {
    const ahead = queue.size + queue.promised;
    if (ahead > 0) return queue.etaMs(ahead, assumedRate, nowMs);
    const rate = queue.bytesPerSecond(nowMs);
    if (rate === undefined) return queue.latencyMs;
    const { pieceLength } = this.#table.layout;
    const deliveringMs = (pieceLength * 1000) / Math.max(rate, MIN_ASSUMED_BYTES_PER_SECOND);
    return queue.latencyMs + deliveringMs;
  }

  /** What comes later than this is worth a second copy: never while the helper has enough to do. */
  #copyEtaMs(
    { queue }: ConnectedPeer,
    helperEtaMs: number,
    assumedRate: number,
    nowMs: number,
  ): number {
    const ahead = queue.size + queue.promised;
    const isBusy = ahead > 0 && queue.etaMs(ahead - 1, assumedRate, nowMs) > queue.latencyMs;
    if (isBusy) return Infinity;
    return helperEtaMs * COPY_FACTOR + COPY_LATENCIES * queue.latencyMs;
  }

  /** When the first of those who fetch a piece is expected to have it, and how it would be moved. */
  #holdersOf(
    piece: number,
    assumedRate: number,
    nowMs: number,
  ): { etaMs: number; holder: ConnectedPeer; how: LatePiece['how'] } {
    const holders = this.#table.holdersOf(piece).map((key) => this.#peers.connectedPeer(key)!);
    const [first] = holders;
    let etaMs = Infinity;
    let slowestMs = -1;
    let slowest = first!;
    for (const holder of holders) {
      const place = holder.queue.pieces.indexOf(piece);
      const holderMs = holder.queue.etaMs(place, assumedRate, nowMs);
      etaMs = Math.min(etaMs, holderMs);
      if (holderMs <= slowestMs) continue;
      slowestMs = holderMs;
      slowest = holder;
    }
    if (holders.length >= MAX_PEERS_PER_PIECE) return { etaMs, holder: slowest, how: 'take' };
    const isAlone = holders.length === 1;
    return { etaMs, holder: slowest, how: isAlone ? howFromOne(slowest, piece) : 'share' };
  }
}

/** Of one that has not opened the file yet all is on its way that comes with the answer. */
function howFromOne({ queue }: ConnectedPeer, piece: number): LatePiece['how'] {
  const isOnItsWay = queue.isYielding(piece) || queue.pieces[0] === piece || !queue.hasSaid;
  return isOnItsWay ? 'share' : 'ask-back';
}

/** The piece nearest to the end of a queue that the helper could fetch and does not. */
function lastFor(helper: ConnectedPeer, holder: ConnectedPeer, nowMs: number): number | undefined {
  const { queue } = holder;
  return queue.pieces.findLast(
    (piece) =>
      helper.bits.has(piece) &&
      !helper.queue.has(piece) &&
      !queue.mayYield(piece, nowMs) &&
      helper.mayFetch(piece),
  );
}
