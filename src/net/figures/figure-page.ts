/**
 * Figures as a page in the text format of Prometheus, of a tracker or of a client. Owns their registry and the
 * event-loop monitor. Names and labels are the caller's, who sees to it that they are few. The only importer of
 * prom-client.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { EventLoopDelay } from './event-loop-delay.js';
import { GatheredHistogram } from './gathered-histogram.js';

/** A figure that is read when asked for. */
export interface Figure {
  readonly name: string;
  readonly help: string;
  readonly value: number;
  /** @default 'gauge' */
  readonly type?: 'gauge' | 'counter';
  /** What else it says, as text. */
  readonly labels?: Readonly<Record<string, string>>;
}

interface Kind<T extends string> {
  readonly help: string;
  readonly labelNames?: readonly T[];
}

export class FigurePage {
  readonly #prefix: string;
  readonly #registry = new Registry();
  readonly #eventLoop: EventLoopDelay;
  readonly #figures = new Map<string, Gauge | Counter>();
  readonly #gathered: GatheredHistogram[] = [];

  /** `prefix` begins the names of what is counted here. */
  constructor(prefix: string, eventLoop = new EventLoopDelay()) {
    this.#prefix = prefix;
    this.#eventLoop = eventLoop;
  }

  /** Something that is counted as it happens. */
  counter<T extends string>(name: string, { help, labelNames = [] }: Kind<T>): Counter<T> {
    const registers = [this.#registry];
    return new Counter({ name: `${this.#prefix}${name}`, help, labelNames, registers });
  }

  histogram<T extends string>(
    name: string,
    { help, labelNames = [] }: Kind<T>,
    buckets: readonly number[],
  ): Histogram<T> {
    const registers = [this.#registry];
    const bounds = [...buckets];
    return new Histogram({
      ...{ name: `${this.#prefix}${name}`, help, labelNames, registers },
      buckets: bounds,
    });
  }

  /** One of what happens all the time, by one label. */
  gathered(
    name: string,
    { help, label }: { readonly help: string; readonly label: string },
    buckets: readonly number[],
  ): GatheredHistogram {
    const histogram = new GatheredHistogram(`${this.#prefix}${name}`, help, label, buckets);
    this.#gathered.push(histogram);
    return histogram;
  }

  /** Everything in the text format of Prometheus (version 0.0.4). */
  async render(figures: readonly Figure[]): Promise<string> {
    const all = [...figures, ...this.#processFigures()];
    // What is not known now keeps its value.
    for (const { name } of all) this.#figures.get(name)?.reset();
    for (const figure of all) this.#set(figure);
    const page = await this.#registry.metrics();
    return [page, ...this.#gathered.map((histogram) => histogram.render())].join('\n');
  }

  close(): void {
    this.#eventLoop.close();
  }

  /** Of one name there may be several, with other labels. */
  #set(figure: Figure): void {
    const { name, value, labels = {} } = figure;
    const known = this.#figures.get(name) ?? this.#add(figure);
    if (known instanceof Counter) known.inc(labels, value);
    else known.set(labels, value);
  }

  #add({ name, help, type = 'gauge', labels = {} }: Figure): Gauge | Counter {
    const options = { name, help, labelNames: Object.keys(labels), registers: [this.#registry] };
    const added = type === 'counter' ? new Counter(options) : new Gauge(options);
    this.#figures.set(name, added);
    return added;
  }

  /** Under the names that every exporter gives them. */
  #processFigures(): Figure[] {
    const { meanMs, p99Ms, maxMs } = this.#eventLoop.lately();
    const { rss, heapUsed } = process.memoryUsage();
    const { user, system } = process.cpuUsage();
    const name = `${this.#prefix}event_loop_delay`;
    const help = (which: string): string => `Event-loop delay of the last half minute, ${which}`;
    return [
      { name: `${name}_mean_seconds`, help: help('mean'), value: meanMs / 1000 },
      { name: `${name}_p99_seconds`, help: help('99th percentile'), value: p99Ms / 1000 },
      { name: `${name}_max_seconds`, help: help('maximum'), value: maxMs / 1000 },
      { name: 'process_resident_memory_bytes', help: 'Memory of the process', value: rss },
      { name: 'nodejs_heap_size_used_bytes', help: 'Of that, JavaScript objects', value: heapUsed },
      {
        name: 'process_cpu_seconds_total',
        help: 'Processor time of all threads',
        value: (user + system) / 1e6,
        type: 'counter',
      },
      { name: 'process_uptime_seconds', help: 'Since the start', value: process.uptime() },
    ];
  }
}
