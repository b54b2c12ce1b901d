/**
 * When the list of the group is asked for again. What others change costs each who follows the whole list, so a long one
 * is asked for less often; what this sync has changed itself is seen before anything else is planned. Pure.
 *
 *   due → fresh → (old → due …)
 */
import { SYNC_ROWS_LISTED_PER_SECOND } from '../../net/limits.js';

export class ListPace {
  /** `old`: others may have changed it since; `due`: nothing may be planned by what is known. */
  #state: 'fresh' | 'old' | 'due' = 'due';
  #fromMs = -Infinity;

  /** Others may have changed it. */
  onChanged(): void {
    if (this.#state === 'fresh') this.#state = 'old';
  }

  /** This sync has changed it, or has met what is not in it. */
  onOwnChange(): void {
    this.#state = 'due';
  }

  /** It is asked for now: what changes from here on is not in it. */
  onAsked(): void {
    this.#state = 'fresh';
  }

  onListed(rows: number, nowMs: number): void {
    this.#fromMs = nowMs + (rows * 1_000) / SYNC_ROWS_LISTED_PER_SECOND;
  }

  /** Others may have changed it since. */
  get isOld(): boolean {
    return this.#state === 'old';
  }

  /** How long it is not to be asked for; undefined as long as nothing has changed. */
  waitMs(nowMs: number): number | undefined {
    if (this.#state === 'fresh') return undefined;
    return this.#state === 'due' ? 0 : Math.max(0, this.#fromMs - nowMs);
  }
}
