/**
 * How long those who owe pieces have been silent: all peers of a download together, or one that owes
 * small files. Only what brings it forward is a sign of life: a piece or a file that is settled, or
 * some bytes of what is wanted. Chatter, refused dials and single bytes are none. Pure: every `nowMs`
 * comes from one clock.
 */
import { MIN_SIGN_OF_LIFE_BYTES } from './limits.js';

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

  /** Something was settled, or nothing was owed until now. */
  onSign(nowMs: number): void {
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
