/**
 * How long a silent tracker is believed to be only slow: longer after each doubt, and the longer the more bytes it has to
 * hear before it can answer. One for all connections of a link, because what is slow is mostly the way to it. Pure.
 */
import {
  TRACKER_DOUBT_BYTES_PER_SECOND,
  TRACKER_DOUBT_MAX_MS,
  TRACKER_DOUBT_MS,
  TRACKER_REQUEST_TIMEOUT_MS,
} from '../../net/limits.js';

export class DoubtPatience {
  #ms = TRACKER_DOUBT_MS;

  /** For the answer to questions of so many bytes. */
  msFor(bytes: number): number {
    const onTheWayMs = Math.floor((bytes * 1000) / TRACKER_DOUBT_BYTES_PER_SECOND);
    // Behind that the question itself is given up.
    return Math.min(TRACKER_REQUEST_TIMEOUT_MS, this.#ms + onTheWayMs);
  }

  onDoubted(): void {
    this.#ms = Math.min(TRACKER_DOUBT_MAX_MS, this.#ms * 2);
  }

  /** A question was answered, and nobody doubted that since it was asked. */
  onAnswered(): void {
    this.#ms = TRACKER_DOUBT_MS;
  }
}
