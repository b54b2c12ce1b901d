/**
 * How much to ask a peer for ahead of its answers, from what it has delivered on one connection:
 * its latency and its rate. Pure; the clock is handed in.
 */
import { MAX_PIPELINE_LATENCY_MS, PIPELINE_TIME_MS } from '../../net/limits.js';

/** A rate that is so many times the one before is growing. */
const GROWING = 1.25;

export class PipelineGauge {
  readonly #leastBytes: number;
  readonly #nowMs: () => number;
  #receivedBytes = 0;
  #bytesPerMs = 0;
  /** The last measurement was well above the one before: nobody knows yet where it ends. */
  #isGrowing = false;
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

  onReceived(bytes: number): void {
    this.#receivedBytes += bytes;
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
    const nowMs = this.#nowMs();
    const bytesPerMs = this.#receivedBytes / (nowMs - this.#measuredAtMs);
    this.#isGrowing = bytesPerMs > GROWING * this.#bytesPerMs;
    this.#bytesPerMs = bytesPerMs;
    this.#measuredAtMs = nowMs;
  }

  /** Bytes received since they were last taken. */
  takeReceived(): number {
    const bytes = this.#receivedBytes;
    this.#receivedBytes = 0;
    return bytes;
  }

  /**
   * Bytes that should be in flight: what the peer delivers in twice its latency and a little;
   * twice, so that a rate which the pipeline itself held down can grow. More would only make the
   * bytes leave the caches. While the rate doubles with each round trip, as TCP's does in the
   * beginning, what is asked for now comes at twice the rate, of which twice the latency is wanted.
   */
  get targetBytes(): number {
    const latencies = this.#isGrowing ? 4 : 2;
    const latencyMs = Math.min(this.#latencyMs, MAX_PIPELINE_LATENCY_MS);
    const aheadMs = latencies * latencyMs + PIPELINE_TIME_MS;
    return Math.max(this.#leastBytes, this.#bytesPerMs * aheadMs);
  }
}
