/**
 * How long the peers of a download have been silent, all together. Only what brings it forward is a
 * sign of life: a verified piece, or some bytes of a piece that is wanted. Answers of other kinds,
 * refused dials and single bytes are none. Pure: every `nowMs` comes from one clock.
 */
import { MIN_SIGN_OF_LIFE_BYTES } from '../../net/limits.js';

export class Silence {
  #sinceMs: number;
  /** Wanted bytes since then. */
  #bytes = 0;

  constructor(nowMs: number) {
    this.#sinceMs = nowMs;
  }

  /** Bytes of wanted blocks came in. */
  onReceived(bytes: number, nowMs: number): void {
    this.#bytes += bytes;
    if (this.#bytes >= MIN_SIGN_OF_LIFE_BYTES) this.#end(nowMs);
  }

  onVerified(nowMs: number): void {
    this.#end(nowMs);
  }

  /** Since the last sign of life, or since the start. */
  lastedMs(nowMs: number): number {
    return nowMs - this.#sinceMs;
  }

  #end(nowMs: number): void {
    this.#sinceMs = nowMs;
    this.#bytes = 0;
  }
}
