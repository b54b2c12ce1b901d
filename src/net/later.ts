/** Waiting that can be handed in: by the timers of this process, or by a clock of a test's own. */

/** Calls back after a wait, unless it is taken back by the answered function. */
export type Later = (waitMs: number, work: () => void) => () => void;

/** A timer that is to wait longer is over at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** By timers that wait a part of it each: what a user names may be months. */
export function laterInParts(timer: Later): Later {
  return (waitMs, work) => {
    let leftMs = waitMs;
    const goOn = (): (() => void) => {
      const partMs = Math.min(leftMs, LONGEST_TIMER_MS);
      leftMs -= partMs;
      return timer(partMs, () => {
        if (leftMs > 0) takeBack = goOn();
        else work();
      });
    };
    let takeBack = goOn();
    return () => takeBack();
  };
}

/** By timers for which no process stays: what is done earlier ends earlier. */
export const laterWithoutStaying: Later = laterInParts((waitMs, work) => {
  const timer = setTimeout(work, waitMs).unref();
  return () => clearTimeout(timer);
});

/** By the timers of this process. */
export const laterByTimer: Later = laterInParts((waitMs, work) => {
  const timer = setTimeout(work, waitMs);
  return () => clearTimeout(timer);
});
