/** Waiting until what was reserved of a rate is paid for, or the rate is another one. */
import { RATE_WAIT_STEP_MS } from './limits.js';
import type { SharedRateLimiter } from './shared-rate-limiter.js';

/**
 * Calls back after a wait that a limiter has told, sooner where its rate has been changed meanwhile: what was
 * reserved at the old one is forgiven. The answered function takes it back.
 */
export function whenPaid(
  limiter: Pick<SharedRateLimiter, 'changes'>,
  waitMs: number,
  work: () => void,
): () => void {
  const { changes } = limiter;
  let leftMs = waitMs;
  const goOn = (): NodeJS.Timeout => {
    const stepMs = Math.min(leftMs, RATE_WAIT_STEP_MS);
    leftMs -= stepMs;
    return setTimeout(() => {
      if (leftMs > 0 && limiter.changes === changes) timer = goOn();
      else work();
    }, stepMs);
  };
  let timer = goOn();
  return () => clearTimeout(timer);
}
