/** Waiting that can be handed in: by the timers of this process, or by a clock of a test's own. */

/** Calls back after a wait, unless it is taken back by the answered function. */
export type Later = (waitMs: number, work: () => void) => () => void;

/** By the timers of this process. */
export const laterByTimer: Later = (waitMs, work) => {
  const timer = setTimeout(work, waitMs);
  return () => clearTimeout(timer);
};
