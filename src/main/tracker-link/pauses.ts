/** Pauses between two questions to a tracker, many at a time, which all end when what they wait for has ended. */
import { setMaxListeners } from 'node:events';
import { setTimeout as delay } from 'node:timers/promises';

/** Resolves after so long, or when it has ended. */
export type Pause = (ms: number) => Promise<void>;

export function pausesUntil(ended: AbortSignal): Pause {
  // Each pause listens; whoever pauses bounds how many there are.
  setMaxListeners(0, ended);
  return (ms) => delay(ms, undefined, { signal: ended }).catch(() => undefined);
}
