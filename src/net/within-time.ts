/** Waiting that ends after a while. The work itself goes on. */
import type { P2pError } from './errors.js';
import { laterByTimer, type Later } from './later.js';
import { untilAborted } from './until-aborted.js';

export interface TimeGiven {
  /** 0 is without end. */
  readonly timeoutMs: number;
  /** What is said once it is over. */
  readonly late: () => P2pError;
  /** Ends the waiting sooner. */
  readonly signal: AbortSignal;
  /** @default by the timers of this process */
  readonly later?: Later;
}

/** The outcome of `work`, or what is said when that takes too long. @throws P2pError, or the reason of the signal */
export async function withinTime<T>(
  work: Promise<T>,
  { timeoutMs, late, signal, later = laterByTimer }: TimeGiven,
): Promise<T> {
  const over = new AbortController();
  const stop = timeoutMs === 0 ? undefined : later(timeoutMs, () => over.abort(late()));
  try {
    return await untilAborted(AbortSignal.any([signal, over.signal]), work);
  } finally {
    stop?.();
  }
}
