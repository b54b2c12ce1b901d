/** How much a connection lets be under way: a fixed bound, or what TCP allows over a long way. Pure. */
import { KiB } from '../../src/net/limits.js';

export interface SendWindow {
  readonly bytes: number;
  /** The sender hears of what has arrived a way later, and may send no more than the window in pieces of any size. */
  readonly isTcp: boolean;
  onAcknowledged(bytes: number): void;
}

/** For ways on which it never matters. */
export const fixedWindow: SendWindow = {
  bytes: 1024 * KiB,
  isTcp: false,
  onAcknowledged: () => {},
};

const SEGMENT_BYTES = 1_448;
const FIRST_SEGMENTS = 10;

/** Doubles with each round trip until the first loss, which halves it; then it grows by a segment a round trip. */
export class TcpWindow implements SendWindow {
  readonly isTcp = true;
  readonly #isLost: (bytes: number) => boolean;
  #bytes = FIRST_SEGMENTS * SEGMENT_BYTES;
  #isStarting = true;

  /** `isLost` says whether one of the packets with so many bytes was lost. */
  constructor(isLost: (bytes: number) => boolean) {
    this.#isLost = isLost;
  }

  get bytes(): number {
    return this.#bytes;
  }

  onAcknowledged(bytes: number): void {
    if (this.#isLost(bytes)) {
      this.#isStarting = false;
      this.#bytes = Math.max(SEGMENT_BYTES, this.#bytes / 2);
    } else if (this.#isStarting) this.#bytes += bytes;
    else this.#bytes += (SEGMENT_BYTES * bytes) / this.#bytes;
  }
}
