/**
 * Gathers what a peer says it has into few messages to the main thread: the first piece is told at
 * once, what follows within a few milliseconds together. A port has no backpressure, and a peer may
 * tell of a million pieces in a second.
 *
 *   quiet → gathering → quiet      any → closed
 */
import { laterByTimer, type Later } from '../../net/later.js';
import { PIECE_REPORT_DELAY_MS } from '../../net/limits.js';

export class HaveNews {
  readonly #post: (pieces: readonly number[]) => void;
  readonly #later: Later;
  #pieces: number[] = [];
  /** Set while news is gathered: takes the next message back. */
  #gathering: (() => void) | undefined;
  #isClosed = false;

  constructor(post: (pieces: readonly number[]) => void, later = laterByTimer) {
    this.#post = post;
    this.#later = later;
  }

  add(piece: number): void {
    if (this.#isClosed) return;
    this.#pieces.push(piece);
    if (this.#gathering === undefined) this.#tellAndGather();
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
    this.#gathering?.();
    this.#pieces = [];
  }

  #tellAndGather(): void {
    this.#gathering = undefined;
    if (this.#pieces.length === 0) return;
    this.tell();
    this.#gathering = this.#later(PIECE_REPORT_DELAY_MS, () => this.#tellAndGather());
  }
}
