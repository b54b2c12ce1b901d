/**
 * Turns a total into a rate, averaged over about two seconds: of what it grows by. Where it shrinks, something is not counted
 * any more, and was never done in the time before. The clock is handed in.
 */

/** Samples older than this say nothing about now. */
const WINDOW_MS = 2_000;

/** Measures one thing. */
export class ProgressRate {
  readonly #nowMs: () => number;
  #samples: { readonly atMs: number; readonly total: number }[];

  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#samples = [{ atMs: nowMs(), total: 0 }];
  }

  /** Takes the present total and answers the rate in units per second. */
  onTotal(total: number): number {
    const nowMs = this.#nowMs();
    this.#leaveOut(this.#samples.at(-1)!.total - total);
    this.#samples.push({ atMs: nowMs, total });
    const recent = this.#samples.findIndex(({ atMs }) => nowMs - atMs <= WINDOW_MS);
    this.#samples = this.#samples.slice(Math.max(0, Math.min(recent, this.#samples.length - 2)));
    const first = this.#samples[0]!;
    const elapsedMs = nowMs - first.atMs;
    return elapsedMs <= 0 ? 0 : ((total - first.total) / elapsedMs) * 1000;
  }

  #leaveOut(lost: number): void {
    if (lost <= 0) return;
    this.#samples = this.#samples.map(({ atMs, total }) => ({ atMs, total: total - lost }));
  }
}
