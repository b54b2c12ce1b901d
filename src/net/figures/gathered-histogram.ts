/**
 * Times by a label and bucket, counted in plain numbers: what is observed with each request costs a few additions, and
 * the text of the page is made when it is asked for. Labels are the caller's, who sees to it that they are few and plain.
 */

interface Observed {
  /** By bucket, each without those below it; the last one has what is above all bounds. */
  readonly counts: number[];
  sum: number;
}

export class GatheredHistogram {
  readonly #name: string;
  readonly #help: string;
  readonly #label: string;
  /** Upper bounds, rising. */
  readonly #bounds: readonly number[];
  readonly #observed = new Map<string, Observed>();

  constructor(name: string, help: string, label: string, bounds: readonly number[]) {
    this.#name = name;
    this.#help = help;
    this.#label = label;
    this.#bounds = bounds;
  }

  observe(label: string, value: number): void {
    const observed = this.#observed.get(label) ?? this.#add(label);
    let bucket = 0;
    while (bucket < this.#bounds.length && value > this.#bounds[bucket]!) bucket++;
    observed.counts[bucket]!++;
    observed.sum += value;
  }

  /** In the text format of Prometheus (version 0.0.4). */
  render(): string {
    const lines = [`# HELP ${this.#name} ${this.#help}`, `# TYPE ${this.#name} histogram`];
    for (const [label, observed] of this.#observed) lines.push(...this.#linesOf(label, observed));
    return `${lines.join('\n')}\n`;
  }

  #linesOf(label: string, { counts, sum }: Observed): string[] {
    const labelled = `${this.#label}="${label}"`;
    let count = 0;
    const buckets = counts.map((inBucket, at) => {
      count += inBucket;
      const bound = this.#bounds[at] ?? '+Inf';
      return `${this.#name}_bucket{le="${bound}",${labelled}} ${count}`;
    });
    return [
      ...buckets,
      `${this.#name}_sum{${labelled}} ${sum}`,
      `${this.#name}_count{${labelled}} ${count}`,
    ];
  }

  #add(label: string): Observed {
    const observed = { counts: Array.from({ length: this.#bounds.length + 1 }, () => 0), sum: 0 };
    this.#observed.set(label, observed);
    return observed;
  }
}
