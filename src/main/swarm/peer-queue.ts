/**
 * What one connected peer has, what it was told to fetch, and how fast it delivers.
 * Owns the order of its pieces, the pieces asked back and not yet answered, and its rate.
 * Says how much the peer should have in its queue; which pieces, others decide.
 */
import type { Bitfield } from '../../net/bitfield.js';
import { bug } from '../../net/errors.js';
import {
  FIRST_BYTES_ASSIGNED_PER_FAR_PEER,
  FIRST_BYTES_ASSIGNED_PER_PEER,
  LATENCY_PER_CONNECTION_MS,
  MAX_BYTES_ASSIGNED_PER_PEER,
  MAX_PIECES_ASSIGNED_PER_PEER,
  MIN_PIECES_ASSIGNED_PER_PEER,
  REPORT_INTERVAL_MS,
} from '../../net/limits.js';
import { RateMeter } from './rate-meter.js';
import { RoundRate } from './round-rate.js';

/** A peer's queue should last this long at its rate. */
const QUEUE_AHEAD_MS = 1_000;
/** A rate counts as measured after this long with work: two reports of a session. */
const RATE_MEASURED_AFTER_MS = 500;
/** And so many round trips: TCP's slow start over a long way. */
const LATENCIES_TO_MEASURE = 5;
/**
 * A queue lasts at least so many round trips: its session asks for six of them ahead, and hears of more when a
 * quarter of the queue is gone.
 */
const LATENCIES_AHEAD = 8;

/** What was asked back, and has not been given back after two round trips, one of them for a loss, and so long, is on its way. */
const YIELD_LATENCIES = 2;
const YIELD_WAIT_MS = 100;

export class PeerQueue {
  readonly bits: Bitfield;
  /** The peer itself has said what it has; until then `bits` is what the tracker tells. */
  hasSaid = false;
  readonly #pieceLength: number;
  #latencyMs = 0;
  /** In the order in which the peer fetches them. */
  readonly #assigned = new Set<number>();
  /** Asked back; not given to this peer again until it has answered. */
  readonly #cancelling = new Set<number>();
  /** Asked back unless they are on their way, and when; of these no answer has come. */
  readonly #yielding = new Map<number, number>();
  /** Pieces that others are asked to give back for this peer. */
  promised = 0;
  readonly #rate = new RateMeter();
  /** Over a long way; a mean over seconds would lag behind a rate that doubles with each round trip. */
  #roundRate: RoundRate;
  #wantedPieces = MIN_PIECES_ASSIGNED_PER_PEER;
  /** Bytes of whole pieces that came, verified. */
  #deliveredBytes = 0;
  /** Last sign of life, or the moment the queue got its first piece, whichever is later. */
  #quietSinceMs: number;

  /** `latencyMs`: from an order of ours to the first of what it brings; infinite before it is measured. */
  constructor(bits: Bitfield, pieceLength: number, nowMs: number, latencyMs: number) {
    this.bits = bits;
    this.#pieceLength = pieceLength;
    // Sessions do not report more often.
    this.#roundRate = new RoundRate(REPORT_INTERVAL_MS, 0);
    this.#quietSinceMs = nowMs;
    this.onLatency(latencyMs, nowMs);
  }

  /** The way to the peer is so long, as is known by now; what is infinite was never measured. */
  onLatency(latencyMs: number, nowMs: number): void {
    if (Number.isFinite(latencyMs) && latencyMs !== this.#latencyMs) {
      this.#latencyMs = latencyMs;
      const roundMs = Math.max(latencyMs, REPORT_INTERVAL_MS);
      this.#roundRate = new RoundRate(roundMs, this.#rate.ranMs(nowMs));
    }
    this.#adaptToRate(nowMs);
  }

  /** Pieces assigned to the peer. */
  get size(): number {
    return this.#assigned.size;
  }

  /** The pieces assigned to the peer, first to be fetched first. */
  get pieces(): readonly number[] {
    return [...this.#assigned];
  }

  has(piece: number): boolean {
    return this.#assigned.has(piece);
  }

  isCancelling(piece: number): boolean {
    return this.#cancelling.has(piece);
  }

  /** It was asked to give the piece back, and has not answered. */
  isYielding(piece: number): boolean {
    return this.#yielding.has(piece);
  }

  /** It may still answer that by giving it back. */
  mayYield(piece: number, nowMs: number): boolean {
    const askedMs = this.#yielding.get(piece);
    const waitMs = YIELD_LATENCIES * this.#latencyMs + YIELD_WAIT_MS;
    return askedMs !== undefined && nowMs - askedMs < waitMs;
  }

  /** Asks for the piece back unless it is on its way. */
  askBack(piece: number, nowMs: number): void {
    this.#yielding.set(piece, nowMs);
  }

  assign(piece: number, nowMs: number): void {
    if (this.#cancelling.has(piece)) bug(`piece ${piece} assigned before it was given back`);
    if (this.#assigned.size === 0) {
      this.#quietSinceMs = nowMs;
      this.#rate.start(nowMs);
    }
    this.#assigned.add(piece);
  }

  /** Asks a piece back; it stays unavailable to this peer until the answer. */
  cancel(piece: number, nowMs: number): void {
    if (!this.#assigned.delete(piece)) bug(`piece ${piece} cancelled at a peer without it`);
    this.#cancelling.add(piece);
    this.#yielding.delete(piece);
    this.#stopWhenEmpty(nowMs);
  }

  /** The peer is done with a piece in one way or another; says what the piece was to it. */
  settle(piece: number, nowMs: number): 'assigned' | 'cancelling' | 'unknown' {
    if (this.#cancelling.delete(piece)) return 'cancelling';
    if (!this.#assigned.delete(piece)) return 'unknown';
    this.#yielding.delete(piece);
    this.#stopWhenEmpty(nowMs);
    return 'assigned';
  }

  /** A whole piece came: the peer may have more at a time from now on. */
  onDelivered(bytes: number, nowMs: number): void {
    this.#quietSinceMs = nowMs;
    this.#deliveredBytes += bytes;
    this.#adaptToRate(nowMs);
  }

  onReceived(bytes: number, nowMs: number): void {
    this.#quietSinceMs = nowMs;
    this.#rate.add(bytes, nowMs);
    // What was asked back comes while the clock of the rate stands still.
    if (this.size > 0) this.#roundRate.add(bytes, this.#rate.ranMs(nowMs));
    this.#adaptToRate(nowMs);
  }

  /** For how long the peer has been silent although it had something to fetch. */
  silentMs(nowMs: number): number {
    return this.#assigned.size === 0 ? 0 : Math.max(0, nowMs - this.#quietSinceMs);
  }

  /** While the peer had work: measured, or guessed from its first pieces, else undefined. */
  bytesPerSecond(nowMs: number): number | undefined {
    const ranMs = this.#rate.ranMs(nowMs);
    if (ranMs >= RATE_MEASURED_AFTER_MS) return this.#rate.bytesPerSecond(nowMs);
    return ranMs > 0 && this.#deliveredBytes > 0
      ? (this.#deliveredBytes * 1000) / ranMs
      : undefined;
  }

  /** How many pieces the peer should have: enough for QUEUE_AHEAD_MS, within the bounds. */
  get wantedPieces(): number {
    return this.#wantedPieces;
  }

  /**
   * Done when bytes come, not when asked: the answer is asked for with every piece of anyone.
   * Before the rate is measured the queue grows by what is delivered, like TCP's slow start.
   */
  #adaptToRate(nowMs: number): void {
    const isFar = this.#isFar;
    const first = isFar ? FIRST_BYTES_ASSIGNED_PER_FAR_PEER : FIRST_BYTES_ASSIGNED_PER_PEER;
    const aheadMs = Math.max(QUEUE_AHEAD_MS, LATENCIES_AHEAD * this.#latencyMs);
    const isMeasured = this.#isMeasured(nowMs);
    const rate = this.#rate.bytesPerSecond(nowMs);
    const bestRate = isFar ? Math.max(rate, this.#roundRate.bytesPerSecond) : rate;
    const ahead = isMeasured ? 0 : first + this.#deliveredBytes;
    const byRate = isMeasured || isFar ? (bestRate * aheadMs) / 1000 : 0;
    const bytes = Math.min(Math.max(ahead, byRate), MAX_BYTES_ASSIGNED_PER_PEER);
    const pieces = Math.min(Math.ceil(bytes / this.#pieceLength), MAX_PIECES_ASSIGNED_PER_PEER);
    this.#wantedPieces = Math.max(pieces, MIN_PIECES_ASSIGNED_PER_PEER);
  }

  /** With so few pieces it is time for more; over a long way they would come too late at the half. */
  get refillAtPieces(): number {
    return this.#isFar ? Math.floor(this.#wantedPieces * 0.75) : this.#wantedPieces >> 1;
  }

  /** From an order of ours to the first of what it brings, in milliseconds. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  get #isFar(): boolean {
    return this.#latencyMs >= LATENCY_PER_CONNECTION_MS;
  }

  /**
   * Expected ms until the piece at this place of the queue is here. A peer that has been
   * silent for a while is expected to be silent as long again.
   */
  etaMs(place: number, assumedBytesPerSecond: number, nowMs: number): number {
    const rate = this.#expectedRate(assumedBytesPerSecond, nowMs);
    return Math.max(((place + 1) * this.#pieceLength * 1000) / rate, this.silentMs(nowMs));
  }

  /** Over a long way a rate that still grows is no slower than others, and never slower than of late. */
  #expectedRate(assumed: number, nowMs: number): number {
    const rate = this.bytesPerSecond(nowMs) ?? assumed;
    if (!this.#isFar) return rate;
    const best = Math.max(rate, this.#roundRate.bytesPerSecond);
    return this.#isMeasured(nowMs) ? best : Math.max(best, assumed);
  }

  #isMeasured(nowMs: number): boolean {
    const slowStartMs = this.#isFar ? LATENCIES_TO_MEASURE * this.#latencyMs : 0;
    return this.#rate.ranMs(nowMs) >= RATE_MEASURED_AFTER_MS + slowStartMs;
  }

  #stopWhenEmpty(nowMs: number): void {
    if (this.#assigned.size === 0) this.#rate.stop(nowMs);
  }
}
