/**
 * The times of one download: its phases and its present rate.
 * Pure: every `nowMs` is handed in, from one monotonic clock.
 */
import type { DownloadSummary } from '../api/progress.js';

/** The rate shown to people is averaged over this time. */
const RATE_WINDOW_MS = 2_000;

export class DownloadClock {
  #startedMs = 0;
  /** Set when the first peer is ready to deliver. */
  #readyMs: number | undefined;
  #lastVerifiedMs: number | undefined;
  /** Recent receipts, oldest first; those outside the window are dropped. */
  #receipts: { readonly atMs: number; readonly bytes: number }[] = [];

  onStarted(nowMs: number): void {
    this.#startedMs = nowMs;
  }

  onReady(nowMs: number): void {
    this.#readyMs ??= nowMs;
  }

  onReceived(bytes: number, nowMs: number): void {
    this.#receipts.push({ atMs: nowMs, bytes });
    this.#forgetOld(nowMs);
  }

  onVerified(nowMs: number): void {
    this.#lastVerifiedMs = nowMs;
  }

  /** Average over the last two seconds, or over the transfer while it is younger. */
  bytesPerSecond(nowMs: number): number {
    this.#forgetOld(nowMs);
    const bytes = this.#receipts.reduce((sum, receipt) => sum + receipt.bytes, 0);
    const spanMs = Math.min(RATE_WINDOW_MS, nowMs - (this.#readyMs ?? nowMs));
    return spanMs > 0 ? (bytes * 1000) / spanMs : 0;
  }

  /** Where the time went, up to now. */
  phasesMs(nowMs: number): DownloadSummary['phasesMs'] {
    const readyMs = this.#readyMs ?? this.#lastVerifiedMs ?? nowMs;
    const verifiedMs = this.#lastVerifiedMs ?? readyMs;
    return {
      connect: readyMs - this.#startedMs,
      transfer: verifiedMs - readyMs,
      finish: nowMs - verifiedMs,
    };
  }

  #forgetOld(nowMs: number): void {
    const kept = this.#receipts.findIndex((receipt) => nowMs - receipt.atMs <= RATE_WINDOW_MS);
    if (kept > 0) this.#receipts.splice(0, kept);
    if (kept < 0) this.#receipts = [];
  }
}
