/**
 * Counts what the tracker does, for `GET /metrics`. Owns the counters and the event-loop
 * monitor; names only methods that exist, so that no client can make it grow.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Upper bounds of the latency buckets, seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
/** Each sample wakes the process: more of them would be most of what an idle tracker does. */
const EVENT_LOOP_RESOLUTION_MS = 100;
const NS_PER_S = 1e9;

interface MethodStats {
  /** Requests by result: `ok` or an error code. */
  readonly results: Map<string, number>;
  /** Requests by bucket, not cumulated. */
  readonly buckets: number[];
  sumSeconds: number;
  count: number;
}

/** A figure that is read when asked for. */
export interface Gauge {
  readonly name: string;
  readonly help: string;
  readonly value: number;
  /** @default 'gauge' */
  readonly type?: 'gauge' | 'counter';
}

export class Metrics {
  readonly #methods = new Map<string, MethodStats>();
  /** What happened, by kind. */
  readonly #events = new Map<string, number>();
  readonly #eventLoop = monitorEventLoopDelay({ resolution: EVENT_LOOP_RESOLUTION_MS });

  constructor() {
    this.#eventLoop.enable();
  }

  /** Records one answered request. */
  onAnswered(method: string, result: string, seconds: number): void {
    const stats = this.#methods.get(method) ?? newStats();
    this.#methods.set(method, stats);
    stats.results.set(result, (stats.results.get(result) ?? 0) + 1);
    stats.count++;
    stats.sumSeconds += seconds;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    if (bucket !== -1) stats.buckets[bucket] = (stats.buckets[bucket] ?? 0) + 1;
  }

  /** Counts something that happened; kinds are fixed phrases. */
  onEvent(kind: string): void {
    this.#events.set(kind, (this.#events.get(kind) ?? 0) + 1);
  }

  /** Everything in the text format of Prometheus (version 0.0.4). */
  render(gauges: readonly Gauge[]): string {
    const lines = [...gauges, ...this.#eventLoopGauges()].flatMap(
      ({ name, help, value, type = 'gauge' }) => [...heading(name, type, help), `${name} ${value}`],
    );
    lines.push(...this.#renderEvents(), ...this.#renderRequests(), ...this.#renderDurations());
    return `${lines.join('\n')}\n`;
  }

  close(): void {
    this.#eventLoop.disable();
  }

  #eventLoopGauges(): Gauge[] {
    const { mean, max } = this.#eventLoop;
    // The monitor counts its own interval as delay.
    const seconds = (ns: number): number =>
      Number.isFinite(ns) ? Math.max(0, ns / NS_PER_S - EVENT_LOOP_RESOLUTION_MS / 1000) : 0;
    const help = (which: string): string => `Event-loop delay since the start, ${which}`;
    const name = 'p2p_tracker_event_loop_delay';
    const p99 = this.#eventLoop.count === 0 ? 0 : this.#eventLoop.percentile(99);
    return [
      { name: `${name}_mean_seconds`, help: help('mean'), value: seconds(mean) },
      { name: `${name}_p99_seconds`, help: help('99th percentile'), value: seconds(p99) },
      { name: `${name}_max_seconds`, help: help('maximum'), value: seconds(max) },
    ];
  }

  #renderEvents(): string[] {
    const name = 'p2p_tracker_events_total';
    const lines = heading(name, 'counter', 'Logins, failures, lock-outs, kicks, bounds reached');
    for (const [kind, count] of this.#events) lines.push(`${name}{event="${kind}"} ${count}`);
    return lines;
  }

  #renderRequests(): string[] {
    const name = 'p2p_tracker_requests_total';
    const lines = heading(name, 'counter', 'Answered requests by method and result');
    for (const [method, { results }] of this.#methods) {
      for (const [result, count] of results) {
        lines.push(`${name}{method="${method}",result="${result}"} ${count}`);
      }
    }
    return lines;
  }

  #renderDurations(): string[] {
    const name = 'p2p_tracker_request_duration_seconds';
    const lines = heading(name, 'histogram', 'Time from a request to its answer');
    for (const [method, stats] of this.#methods) {
      let cumulated = 0;
      BUCKETS.forEach((bound, index) => {
        cumulated += stats.buckets[index] ?? 0;
        lines.push(`${name}_bucket{method="${method}",le="${bound}"} ${cumulated}`);
      });
      lines.push(`${name}_bucket{method="${method}",le="+Inf"} ${stats.count}`);
      lines.push(`${name}_sum{method="${method}"} ${stats.sumSeconds}`);
      lines.push(`${name}_count{method="${method}"} ${stats.count}`);
    }
    return lines;
  }
}

function newStats(): MethodStats {
  return {
    results: new Map(),
    buckets: Array.from(BUCKETS, () => 0),
    sumSeconds: 0,
    count: 0,
  };
}

function heading(name: string, type: string, help: string): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`];
}
