/**
 * How long to wait before the next attempt to reach a lost tracker: exponential, with half of
 * it random ("equal jitter"), so that the clients of a restarted tracker do not all come back
 * at the same moment. Pure.
 */
import {
  AWAY_RETRY_MAX_MS,
  BUSY_RETRY_MAX_MS,
  BUSY_RETRY_MIN_MS,
  RECONNECT_MAX_MS,
  RECONNECT_MIN_MS,
} from '../../net/limits.js';

/** Milliseconds before attempt number `attempt` (0 is the first); `random` is in [0, 1). */
export function reconnectDelayMs(attempt: number, random: number): number {
  return jittered(RECONNECT_MIN_MS, RECONNECT_MAX_MS, attempt, random);
}

/** The same where nobody was reached, because the network does not lead there. */
export function awayDelayMs(attempt: number, random: number): number {
  return jittered(RECONNECT_MIN_MS, AWAY_RETRY_MAX_MS, attempt, random);
}

/** The same after the tracker has said for the `count`th time in a row (0 is the first) that it is busy. */
export function busyDelayMs(count: number, random: number): number {
  return jittered(BUSY_RETRY_MIN_MS, BUSY_RETRY_MAX_MS, count, random);
}

function jittered(minMs: number, maxMs: number, exponent: number, random: number): number {
  const ceiling = Math.min(maxMs, minMs * 2 ** exponent);
  return ceiling / 2 + (ceiling / 2) * random;
}
