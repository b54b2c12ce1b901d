/** The times of one tracker, in one place so that tests can be their master. */

export interface Clock {
  /** Milliseconds since 1970, as people set it; for what is written down. */
  readonly nowMs: () => number;
  /** Milliseconds of a clock that nobody sets; for rates and waits. */
  readonly steadyMs: () => number;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
}

/** The clocks of the machine. Their timers keep no process alive. */
export const systemClock: Clock = {
  nowMs: Date.now,
  steadyMs: () => performance.now(),
  delay: (callback, delayMs) => {
    const timer = setTimeout(callback, delayMs).unref();
    return () => clearTimeout(timer);
  },
};
