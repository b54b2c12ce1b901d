/**
 * Counts what the tracker does, for `GET /metrics`. Owns the registry of its figures and the event-loop monitor; names
 * only methods that exist, so that no client can make it grow. The only importer of prom-client.
 */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';
import { EventLoopDelay } from './event-loop-delay.js';

/** Upper bounds of the latency buckets, seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const PREFIX = 'p2p_tracker_';

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

export class Metrics {
  readonly #registry = new Registry();
  readonly #eventLoop: EventLoopDelay;
  readonly #figures = new Map<string, Gauge | Counter>();
  readonly #requests = new Counter({
    name: `${PREFIX}requests_total`,
    help: 'Answered requests by method and result',
    labelNames: ['method', 'result'],
    registers: [this.#registry],
  });
  readonly #events = new Counter({
    name: `${PREFIX}events_total`,
    help: 'Logins, failures, lock-outs, kicks, bounds reached',
    labelNames: ['event'],
    registers: [this.#registry],
  });
  readonly #durations = this.#histogram('request_duration_seconds', {
    help: 'Time from a request to its answer',
    labelNames: ['method'],
  });
  readonly #waits = this.#histogram('turn_wait_seconds', {
    help: 'Time for which a request waited for its turn',
  });
  readonly #commits = this.#histogram('commit_duration_seconds', {
    help: 'Time in which changes reached the disk, a sync of it included',
  });
  readonly #heldUp = this.#histogram('log_hold_seconds', {
    help: 'Time for which changes waited until the log of the database began anew',
  });

  constructor(eventLoop = new EventLoopDelay()) {
    this.#eventLoop = eventLoop;
  }

  /** Records one answered request. */
  onAnswered(method: string, result: string, seconds: number): void {
    this.#requests.inc({ method, result });
    this.#durations.observe({ method }, seconds);
  }

  /** Counts something that happened; kinds are fixed phrases. */
  onEvent(kind: string): void {
    this.#events.inc({ event: kind });
  }

  /** A turn begins that has waited for so long. */
  onTurn(waitedMs: number): void {
    this.#waits.observe(waitedMs / 1000);
  }

  /** Changes are on the disk, which took so long. */
  onCommitted(tookMs: number): void {
    this.#commits.observe(tookMs / 1000);
  }

  /** Changes have waited so long until the log of the database had begun anew. */
  onHeldUp(tookMs: number): void {
    this.#heldUp.observe(tookMs / 1000);
  }

  /** Everything in the text format of Prometheus (version 0.0.4). */
  render(figures: readonly Figure[]): Promise<string> {
    for (const figure of [...figures, ...this.#processFigures()]) this.#set(figure);
    return this.#registry.metrics();
  }

  close(): void {
    this.#eventLoop.close();
  }

  #histogram<T extends string>(
    name: string,
    options: { readonly help: string; readonly labelNames?: readonly T[] },
  ): Histogram<T> {
    const registers = [this.#registry];
    return new Histogram({ name: `${PREFIX}${name}`, buckets: BUCKETS, registers, ...options });
  }

  #set(figure: Figure): void {
    const { name, value, labels = {} } = figure;
    const known = this.#figures.get(name) ?? this.#add(figure);
    known.reset();
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
    const name = `${PREFIX}event_loop_delay`;
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
