/**
 * How often files are opened on one connection: no more in a second than the peer takes. Pure; the
 * clock is handed in.
 */
export class OpenPace {
  readonly #perSecond: number;
  readonly #nowMs: () => number;
  #left: number;
  #refilledMs: number;

  constructor(perSecond: number, nowMs: () => number) {
    this.#perSecond = perSecond;
    this.#nowMs = nowMs;
    this.#left = perSecond;
    this.#refilledMs = nowMs();
  }

  /** 0 when a file may be opened now, which counts; else how long to wait, in milliseconds. */
  takeOrWaitMs(): number {
    const nowMs = this.#nowMs();
    const gained = ((nowMs - this.#refilledMs) * this.#perSecond) / 1000;
    this.#left = Math.min(this.#perSecond, this.#left + gained);
    this.#refilledMs = nowMs;
    if (this.#left < 1) return Math.ceil(((1 - this.#left) * 1000) / this.#perSecond);
    this.#left--;
    return 0;
  }
}
