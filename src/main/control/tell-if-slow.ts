/** Says that something is waited for, once that has taken longer than people wait without wondering. */
import { HOME_WAIT_TOLD_MS } from '../../net/limits.js';

/** `tell` is called at most once, and not after the work has settled. */
export async function tellIfSlow<T>(
  work: Promise<T>,
  tell: () => void,
  afterMs = HOME_WAIT_TOLD_MS,
): Promise<T> {
  const timer = setTimeout(tell, afterMs);
  try {
    return await work;
  } finally {
    clearTimeout(timer);
  }
}
