/**
 * Waiting for a home that another process uses: a command that holds it for a moment ends
 * soon, and one that stays opens its control socket soon.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { P2pError } from '../net/errors.js';
import { HOME_LOCK_POLL_MS, HOME_LOCK_WAIT_MS } from '../net/limits.js';

/** Repeats `work` while it fails because the home is in use, within HOME_LOCK_WAIT_MS. */
export async function whileHomeInUse<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  const deadlineMs = performance.now() + HOME_LOCK_WAIT_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isInUse = error instanceof P2pError && error.code === 'HOME_IN_USE';
      if (!isInUse || signal.aborted || performance.now() >= deadlineMs) throw error;
    }
    await delay(HOME_LOCK_POLL_MS);
  }
}
