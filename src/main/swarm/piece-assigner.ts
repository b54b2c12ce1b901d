/**
 * Fills the peers' queues: pieces nobody fetches first, then late pieces of slower peers.
 * Refills a queue when it is half empty (sooner over a long way), so that a message carries many pieces. Towards
 * the end nobody is given more than the share it will finish in the time all need.
 */
import type { Assignments } from './assignments.js';
import type { LatePiece, LatePieceFinder } from './late-pieces.js';
import type { ConnectedPeer, PeerTable } from './peer-table.js';
import type { PiecePicker } from './piece-picker.js';
import type { PieceTable } from './piece-table.js';

/** A snubbed peer shows with one piece that it is alive again. */
const SNUBBED_PIECES = 1;
/** Rate of peers as long as none has been measured, bytes per second. */
const UNKNOWN_BYTES_PER_SECOND = 1024 * 1024;
/** The share of a fast peer is never cut below what it delivers while a refill is on its way. */
const MIN_SHARE_MS = 50;
/** A peer that found no late piece waits this long before it looks again. */
const LATE_CHECK_INTERVAL_MS = 50;

interface Needy {
  readonly connected: ConnectedPeer;
  readonly wanted: number;
  /** Bytes per second, assumed where it is not measured. */
  readonly rate: number;
}

export class PieceAssigner {
  readonly #table: PieceTable;
  readonly #peers: PeerTable;
  readonly #picker: Pick<PiecePicker, 'pick'>;
  readonly #late: LatePieceFinder;
  readonly #assignments: Assignments;

  constructor(
    table: PieceTable,
    peers: PeerTable,
    picker: Pick<PiecePicker, 'pick'>,
    late: LatePieceFinder,
    assignments: Assignments,
  ) {
    this.#table = table;
    this.#peers = peers;
    this.#picker = picker;
    this.#late = late;
    this.#assignments = assignments;
  }

  /** Gives every peer what it should have; active peers before snubbed ones, fastest first. */
  fill(nowMs: number): void {
    const needy = this.#needyPeers(nowMs);
    if (needy.length === 0) return;
    const assumedRate = this.#assumedRate(nowMs);
    const peers = needy.map(({ connected, wanted }) => ({
      connected,
      wanted,
      rate: connected.queue.bytesPerSecond(nowMs) ?? assumedRate,
    }));
    peers.sort((a, b) => rank(b) - rank(a));
    const { outstanding } = this.#table;
    const totalRate = this.#totalRate(assumedRate, nowMs);
    for (const peer of peers) {
      const share = Math.ceil((outstanding * peer.rate) / totalRate);
      const floor = Math.ceil((peer.rate * MIN_SHARE_MS) / 1000 / this.#table.layout.pieceLength);
      const wanted = Math.min(peer.wanted, Math.max(share, floor, 1));
      this.#fillWithMissing(peer.connected, wanted, nowMs);
      this.#fillWithLate(peer.connected, wanted, assumedRate, nowMs);
    }
  }

  /** Peers whose queue is half empty and for which there may be something to fetch. */
  #needyPeers(nowMs: number): Pick<Needy, 'connected' | 'wanted'>[] {
    const needy: Pick<Needy, 'connected' | 'wanted'>[] = [];
    for (const connected of this.#peers.connected) {
      const { kind } = connected.peer.state;
      const { queue } = connected;
      const isSnubbed = kind === 'snubbed';
      const wanted = isSnubbed ? SNUBBED_PIECES : queue.wantedPieces;
      if (queue.size > (isSnubbed ? 0 : queue.refillAtPieces)) continue;
      if (this.#canPick(connected) || canLookForLate(connected, nowMs))
        needy.push({ connected, wanted });
    }
    return needy;
  }

  #canPick(connected: ConnectedPeer): boolean {
    return this.#table.missing.count > 0 && connected.nothingToPickAt !== this.#peers.changes;
  }

  #fillWithMissing(connected: ConnectedPeer, wanted: number, nowMs: number): void {
    while (connected.queue.size < wanted && this.#canPick(connected)) {
      const piece = this.#picker.pick(connected);
      if (piece === undefined) connected.nothingToPickAt = this.#peers.changes;
      else this.#assignments.assign(connected, piece, nowMs);
    }
  }

  #fillWithLate(connected: ConnectedPeer, wanted: number, assumed: number, nowMs: number): void {
    const { queue } = connected;
    while (queue.size + queue.promised < wanted && !this.#canPick(connected)) {
      if (!canLookForLate(connected, nowMs)) return;
      const late = this.#late.find(connected, assumed, nowMs);
      if (late === undefined) {
        connected.lookedForLateMs = nowMs;
        return;
      }
      this.#move(late, connected, nowMs);
    }
  }

  #move({ piece, holder, how }: LatePiece, helper: ConnectedPeer, nowMs: number): void {
    if (how === 'ask-back') return this.#assignments.askBack(holder, piece, helper, nowMs);
    // Assigned before it is taken away: so it is never missing in between.
    this.#assignments.assign(helper, piece, nowMs);
    if (how === 'take') this.#assignments.takeBack(holder, piece, nowMs);
  }

  /** What a peer without a measured rate is taken for: the mean of the others. */
  #assumedRate(nowMs: number): number {
    let sum = 0;
    let count = 0;
    for (const { queue } of this.#peers.connected) {
      const rate = queue.bytesPerSecond(nowMs);
      if (rate === undefined) continue;
      sum += rate;
      count++;
    }
    return sum > 0 ? sum / count : UNKNOWN_BYTES_PER_SECOND;
  }

  /** Of all that share the work: peers being dialled too, peers without a use for us not. */
  #totalRate(assumedRate: number, nowMs: number): number {
    let sum = this.#peers.connectingCount * assumedRate;
    for (const connected of this.#peers.connected)
      if (connected.peer.state.kind === 'active' && this.#hasUse(connected))
        sum += connected.queue.bytesPerSecond(nowMs) ?? assumedRate;
    return Math.max(sum, 1);
  }

  #hasUse(connected: ConnectedPeer): boolean {
    return connected.queue.size > 0 || this.#canPick(connected);
  }
}

function canLookForLate(connected: ConnectedPeer, nowMs: number): boolean {
  return nowMs - connected.lookedForLateMs >= LATE_CHECK_INTERVAL_MS;
}

/** Order of service: snubbed peers last. */
function rank({ connected, rate }: Needy): number {
  return connected.peer.state.kind === 'snubbed' ? -1 : rate;
}
