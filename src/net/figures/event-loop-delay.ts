/**
 * How late the event loop is at present: over the last whole stretch of time and the one that has begun, the worse of
 * both, so that no moment is missed however often, and by how many, it is asked. Owns the monitor and one timer.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { EVENT_LOOP_STRETCH_MS } from '../limits.js';

/** Each sample wakes the process: more of them would be most of what an idle tracker does. */
const RESOLUTION_MS = 100;
const NS_PER_MS = 1e6;

export interface LoopDelay {
  readonly meanMs: number;
  readonly p99Ms: number;
  readonly maxMs: number;
}

/** What is used of Node's monitor. */
export interface LoopMonitor {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  percentile(percentile: number): number;
  reset(): void;
}

const NONE: LoopDelay = { meanMs: 0, p99Ms: 0, maxMs: 0 };

export class EventLoopDelay {
  readonly #monitor: LoopMonitor;
  readonly #close: () => void;
  #before = NONE;

  constructor(monitor?: LoopMonitor) {
    if (monitor) {
      this.#monitor = monitor;
      this.#close = () => undefined;
      return;
    }
    const own = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    own.enable();
    const timer = setInterval(() => this.onStretch(), EVENT_LOOP_STRETCH_MS).unref();
    this.#monitor = own;
    this.#close = () => {
      clearInterval(timer);
      own.disable();
    };
  }

  /** A stretch is over. */
  onStretch(): void {
    this.#before = this.#now();
    this.#monitor.reset();
  }

  lately(): LoopDelay {
    const now = this.#now();
    const worse = (key: keyof LoopDelay): number => Math.max(now[key], this.#before[key]);
    return { meanMs: worse('meanMs'), p99Ms: worse('p99Ms'), maxMs: worse('maxMs') };
  }

  close(): void {
    this.#close();
  }

  #now(): LoopDelay {
    const monitor = this.#monitor;
    if (monitor.count === 0) return NONE;
    // The monitor counts its own interval as delay.
    const late = (ns: number): number => Math.max(0, ns / NS_PER_MS - RESOLUTION_MS);
    return {
      meanMs: late(monitor.mean),
      p99Ms: late(monitor.percentile(99)),
      maxMs: late(monitor.max),
    };
  }
}
