/**
 * A look at the database for those who wait for nothing: pages, and probes. One is under way at a time, for all who
 * ask; one that is silent for HEALTH_WAIT_MS is not waited for, by nobody until it has ended.
 */
import { HEALTH_WAIT_MS } from '../net/limits.js';

/** How it ended; undefined when it takes too long. Never rejects. */
export type BriefLook<T> = () => Promise<PromiseSettledResult<T> | undefined>;

export function createBriefLook<T>(look: () => Promise<T>, waitMs = HEALTH_WAIT_MS): BriefLook<T> {
  let answering: Promise<PromiseSettledResult<T> | undefined> | undefined;
  const ask = (): Promise<PromiseSettledResult<T> | undefined> =>
    new Promise((resolve) => {
      const silent = setTimeout(() => resolve(undefined), waitMs);
      const end = (result: PromiseSettledResult<T>): void => {
        clearTimeout(silent);
        answering = undefined;
        resolve(result);
      };
      look().then(
        (value) => end({ status: 'fulfilled', value }),
        (reason: unknown) => end({ status: 'rejected', reason }),
      );
    });
  return () => (answering ??= ask());
}
