/**
 * Gathers what a peer says it has into few messages to the main thread: the first piece is told at
 * once, what follows within a few milliseconds together. A port has no backpressure, and a peer may
 * tell of a million pieces in a second.
 *
 *   quiet → gathering → quiet      any → closed
 */
import { PIECE_REPORT_DELAY_MS } from '../../net/limits.js';

export class HaveNews {
  readonly #post: (pieces: readonly number[]) => void;
  #pieces: number[] = [];
  /** Set while news is gathered. */
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(post: (pieces: readonly number[]) => void) {
    this.#post = post;
  }

  add(piece: number): void {
    if (this.#isClosed) return;
    this.#pieces.push(piece);
    if (this.#timer === undefined) this.#tellAndGather();
  }

  /** Tells what was gathered, now. */
  tell(): void {
    if (this.#pieces.length === 0) return;
    this.#post(this.#pieces);
    this.#pieces = [];
  }

  /** Tells nothing any more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#pieces = [];
  }

  #tellAndGather(): void {
    this.#timer = undefined;
    if (this.#pieces.length === 0) return;
    this.tell();
    this.#timer = setTimeout(() => this.#tellAndGather(), PIECE_REPORT_DELAY_MS);
  }
}
