/**
 * Waits for others to leave the line which were in vain. Others that fill a line make its delay rise and fall; one
 * that only varies by chance, or not at all, may be a longer way with nobody on it. Pure.
 */
import { QUEUE_TARGET_MS, VAIN_WAITS } from './limits.js';

/** In so many answers chance makes them differ by so many spreads; a usual transfer halves, or falls by three tenths. */
const SPREADS = 5;
const ALWAYS_STEADY_MS = 5;

export class VainWaits {
  #count = 0;
  #answers = 0;
  #sumMs = 0;
  #leastMs = Infinity;
  #mostMs = 0;

  /** The queue of an answer while waiting. */
  onAnswer(queueMs: number): void {
    this.#answers++;
    this.#sumMs += queueMs;
    this.#leastMs = Math.min(this.#leastMs, queueMs);
    this.#mostMs = Math.max(this.#mostMs, queueMs);
  }

  /** Another one is over. */
  onVain(): void {
    this.#count++;
  }

  /** A part of the line is worth a try in spite of the queue. */
  isDoubtful(spreadMs: number): boolean {
    if (this.#count < VAIN_WAITS || this.#answers < VAIN_WAITS) return false;
    const mayDifferMs = Math.min(SPREADS * spreadMs, QUEUE_TARGET_MS);
    return this.#mostMs - this.#leastMs <= Math.max(ALWAYS_STEADY_MS, mayDifferMs);
  }

  /** It was looked at for long enough. */
  get isOver(): boolean {
    return this.#count >= VAIN_WAITS;
  }

  get meanMs(): number {
    return this.#answers > 0 ? this.#sumMs / this.#answers : 0;
  }

  get leastMs(): number {
    return this.#answers > 0 ? this.#leastMs : 0;
  }
}
