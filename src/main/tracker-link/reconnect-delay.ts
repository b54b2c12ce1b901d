/**
 * How long to wait before the next attempt to reach a lost tracker: exponential, with half of
 * it random ("equal jitter"), so that the clients of a restarted tracker do not all come back
 * at the same moment. Pure.
 */
import { RECONNECT_MAX_MS, RECONNECT_MIN_MS } from '../../net/limits.js';

/** Milliseconds before attempt number `attempt` (0 is the first); `random` is in [0, 1). */
export function reconnectDelayMs(attempt: number, random: number): number {
  const ceiling = Math.min(RECONNECT_MAX_MS, RECONNECT_MIN_MS * 2 ** attempt);
  return ceiling / 2 + (ceiling / 2) * random;
}
