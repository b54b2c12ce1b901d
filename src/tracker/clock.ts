/** The times of one tracker, in one place so that tests can be their master. */
import { uptimeMs } from '../net/uptime.js';

export interface Clock {
  /** Milliseconds since 1970, as people set it; for what is written down. */
  readonly nowMs: () => number;
  /** Milliseconds of a clock that nobody sets; for rates and waits. */
  readonly steadyMs: () => number;
  /** The same; for how long turns take and wait, which are real however fast a test lets the rates run. */
  readonly turnMs: () => number;
  /** The same, going on while the machine sleeps; to within some ten milliseconds. */
  readonly uptimeMs: () => number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
}

/** The clocks of the machine. Their timers keep no process alive. */
export const systemClock: Clock = {
  nowMs: Date.now,
  steadyMs: () => performance.now(),
  turnMs: () => performance.now(),
  uptimeMs,
  delay: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
