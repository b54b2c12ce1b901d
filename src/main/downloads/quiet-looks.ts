/**
 * Whether anything comes of a download, by looks at it in equal intervals: it is counted how many in a row have seen
 * nothing, so that no time counts in which this process was halted. Pure.
 */
import { MAX_QUIET_LOOKS } from '../../net/limits.js';
import type { DownloadProgress } from '../api/progress.js';

export class QuietLooks {
  #count = 0;
  #seenBytes = -1;

  /** Looks, and answers whether nothing has come for long. What is checked or put in place moves. */
  look({
    state,
    verified,
    bytesPerSecond,
  }: Pick<DownloadProgress, 'state' | 'verified' | 'bytesPerSecond'>): boolean {
    const isQuiet = state === 'downloading' && bytesPerSecond === 0 && verified === this.#seenBytes;
    this.#seenBytes = verified;
    this.#count = isQuiet ? this.#count + 1 : 0;
    return this.#count >= MAX_QUIET_LOOKS;
  }
}
