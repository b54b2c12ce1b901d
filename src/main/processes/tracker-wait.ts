/**
 * A service that starts before its tracker, its network or its name server is there waits for them, as
 * it does when it loses them later. What waiting does not help against ends it at once.
 */
import { setTimeout as delay } from 'node:timers/promises';
import type { P2pError } from '../../net/errors.js';
import { reconnectDelayMs } from '../tracker-link/reconnect-delay.js';
import { isTrackerAway } from '../tracker-link/tracker-away.js';

export interface TrackerWait {
  readonly signal: AbortSignal;
  /** Hears once why it waits. */
  readonly onWaiting: (error: P2pError) => void;
  /** @default waits of a lost link */
  readonly pauseMs?: (attempt: number) => number;
}

/** Repeats `work` while the tracker is away, until `signal` is aborted. */
export async function whileTrackerAway<T>(wait: TrackerWait, work: () => Promise<T>): Promise<T> {
  const { signal, onWaiting } = wait;
  const pauseMs = wait.pauseMs ?? ((attempt: number) => reconnectDelayMs(attempt, Math.random()));
  for (let attempt = 0; ; attempt++) {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted || !isTrackerAway(error)) throw error;
      if (attempt === 0) onWaiting(error);
    }
    await delay(pauseMs(attempt), undefined, { signal });
  }
}
