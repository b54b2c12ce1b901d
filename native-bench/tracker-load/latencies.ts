/** Times from a request to its answer, gathered and summed up. Pure. */

export class Latencies {
  readonly #ms: number[] = [];
  errors = 0;
  /** Of these, attempts that were told to come back. */
  sentBack = 0;
  /** Of these, attempts whose time was over. */
  late = 0;
  /** The first refusal, for people. */
  refusal: string | undefined;

  get count(): number {
    return this.#ms.length;
  }

  add(ms: number): void {
    this.#ms.push(ms);
  }

  addError(text: string): void {
    this.errors++;
    this.refusal ??= text.slice(0, 300);
  }

  /** Takes the refusals of others over, whose times are not counted. */
  take({ errors, refusal }: Latencies): void {
    this.errors += errors;
    this.refusal ??= refusal;
  }

  summary(): { readonly p50Ms: number; readonly p99Ms: number; readonly maxMs: number } {
    const sorted = Float64Array.from(this.#ms).sort();
    const at = (part: number): number =>
      sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? 0;
    return { p50Ms: at(0.5), p99Ms: at(0.99), maxMs: at(1) };
  }
}
