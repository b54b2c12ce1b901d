/**
 * How late this thread's timers are: what a prompt or a tracker would feel while a download
 * runs at full speed. Sampled outside of JavaScript, so that measuring costs nothing.
 */
import { monitorEventLoopDelay } from 'node:perf_hooks';

/** A timer of this period is what is late; the period itself is no delay. */
const RESOLUTION_MS = 5;
const NS_PER_US = 1e3;

/** Microseconds; `p99` is the delay that one sample in a hundred exceeds. */
export interface EventLoopDelay {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** A measurement that is going on until `stop`. */
export interface EventLoopMeasurement {
  stop(): void;
  found(): EventLoopDelay;
}

/** Starts measuring. */
export function measureEventLoopDelay(): EventLoopMeasurement {
  const histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  histogram.enable();
  return {
    stop: () => void histogram.disable(),
    found: () => {
      return {
        p50: delayUs(histogram.percentile(50)),
        p99: delayUs(histogram.percentile(99)),
        max: delayUs(histogram.max),
      };
    },
  };
}

function delayUs(periodNs: number): number {
  return Math.max(0, Math.round(periodNs / NS_PER_US - RESOLUTION_MS * 1_000));
}
