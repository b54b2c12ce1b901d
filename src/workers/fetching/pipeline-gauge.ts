/**
 * How much to ask a peer for ahead of its answers, from what it has delivered on one connection:
 * its latency and its rate. Pure; the clock is handed in.
 *
 * Near: the rate of the last interval counts, and little more than that is asked for, because bytes that
 * wait leave the caches. Far: the rate is taken once a round trip, the best of late counts, and the
 * connection is `starting`, as TCP is, until its rate has not grown for some round trips (as BBR knows that a
 * way is full).
 */
import {
  LATENCY_PER_CONNECTION_MS,
  MAX_PIPELINE_LATENCY_MS,
  PIPELINE_TIME_MS,
} from '../../net/limits.js';

/** A rate that is so many times the one before is growing. */
const GROWING = 1.25;
/** So many round trips in which the rate does not grow end the start. */
const ROUNDS_WITHOUT_GROWTH = 3;
/** What is left of the best rate after a round trip that was slower: a loss is soon made up for. */
const BEST_RATE_KEPT = 0.9;
/** Latencies of bytes that are asked for ahead; the rate doubles within each of them at the start. */
const LATENCIES_AHEAD = 2;
const LATENCIES_AHEAD_GROWING = 4;
const LATENCIES_AHEAD_STARTING = 6;

export class PipelineGauge {
  readonly #leastBytes: number;
  readonly #nowMs: () => number;
  /** Bytes that nobody has taken note of yet. */
  #untakenBytes = 0;
  /** Bytes since the last measurement. */
  #receivedBytes = 0;
  #bytesPerMs = 0;
  /** The last measurement was well above the one before: nobody knows yet where it ends. */
  #isGrowing = false;
  /** The rate that was the last to be well above the one before, and round trips since. */
  #grownTo = 0;
  #roundsSince = 0;
  #measuredAtMs = 0;
  /**
   * From asking for a file to hearing that it is open, or to the head of its first block; the
   * best seen on this connection.
   */
  #latencyMs = Infinity;
  /** Set while an answer is awaited that tells the latency. */
  #askedAtMs: number | undefined;

  /** `leastBytes` are asked for ahead whatever the peer delivers. */
  constructor(leastBytes: number, nowMs: () => number) {
    this.#leastBytes = leastBytes;
    this.#nowMs = nowMs;
  }

  /** Something is asked for while nothing else is under way that its answer would wait for. */
  onAsked(): void {
    this.#askedAtMs = this.#nowMs();
  }

  /** The first sign of an answer; what nobody asked for tells nothing. */
  onAnswered(): void {
    if (this.#askedAtMs === undefined) return;
    this.#latencyMs = Math.min(this.#latencyMs, this.#nowMs() - this.#askedAtMs);
    this.#askedAtMs = undefined;
  }

  /** The best latency seen; infinite before the first answer. */
  get latencyMs(): number {
    return this.#latencyMs;
  }

  /** How long it took until the peer's machine answered. */
  onReached(latencyMs: number): void {
    this.#latencyMs = Math.min(this.#latencyMs, latencyMs);
  }

  onReceived(bytes: number): void {
    this.#untakenBytes += bytes;
    this.#receivedBytes += bytes;
    if (this.#isFar && this.#isRoundOver) this.#measureRound();
  }

  /** From now on the peer can deliver. */
  start(): void {
    this.#measuredAtMs = this.#nowMs();
  }

  /**
   * Takes the rate since the last measurement. By the clock and not by the interval in which it is
   * called: what keeps the thread busy makes its timers late.
   */
  measure(): void {
    if (this.#isFar) {
      if (this.#isRoundOver) this.#measureRound();
      return;
    }
    const bytesPerMs = this.#takeRate();
    this.#isGrowing = bytesPerMs > GROWING * this.#bytesPerMs;
    this.#bytesPerMs = bytesPerMs;
  }

  /** Bytes received since they were last taken. */
  takeReceived(): number {
    const bytes = this.#untakenBytes;
    this.#untakenBytes = 0;
    return bytes;
  }

  /**
   * Bytes that should be in flight: what the peer delivers in twice its latency and a little;
   * twice, so that a rate which the pipeline itself held down can grow. More would only make the
   * bytes leave the caches. While the rate doubles with each round trip, as TCP's does in the
   * beginning, what is asked for now comes at twice the rate, of which twice the latency is wanted.
   */
  get targetBytes(): number {
    const latencyMs = Math.min(this.#latencyMs, MAX_PIPELINE_LATENCY_MS);
    const aheadMs = this.#latenciesAhead * latencyMs + PIPELINE_TIME_MS;
    return Math.max(this.#leastBytes, this.#bytesPerMs * aheadMs);
  }

  get #latenciesAhead(): number {
    if (!this.#isFar) return this.#isGrowing ? LATENCIES_AHEAD_GROWING : LATENCIES_AHEAD;
    return this.#roundsSince < ROUNDS_WITHOUT_GROWTH ? LATENCIES_AHEAD_STARTING : LATENCIES_AHEAD;
  }

  get #isFar(): boolean {
    return this.#latencyMs >= LATENCY_PER_CONNECTION_MS && this.#latencyMs < Infinity;
  }

  get #isRoundOver(): boolean {
    const roundMs = Math.min(this.#latencyMs, MAX_PIPELINE_LATENCY_MS);
    return this.#nowMs() - this.#measuredAtMs >= roundMs;
  }

  #measureRound(): void {
    const bytesPerMs = this.#takeRate();
    this.#bytesPerMs = Math.max(bytesPerMs, BEST_RATE_KEPT * this.#bytesPerMs);
    // Nothing may have been asked for: that says nothing of the way.
    if (bytesPerMs === 0) return;
    this.#roundsSince++;
    if (bytesPerMs <= GROWING * this.#grownTo) return;
    this.#grownTo = bytesPerMs;
    this.#roundsSince = 0;
  }

  #takeRate(): number {
    const nowMs = this.#nowMs();
    const bytesPerMs = this.#receivedBytes / (nowMs - this.#measuredAtMs);
    this.#receivedBytes = 0;
    this.#measuredAtMs = nowMs;
    return bytesPerMs;
  }
}
