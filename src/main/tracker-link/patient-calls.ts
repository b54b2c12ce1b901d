/**
 * Calls to a tracker that cannot do anything just now, and says when to ask again (`retryAfterMs`): its database is being
 * started anew. Nothing of such a call is done, so it is asked for again, as long as a person waits. Owns the pauses.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { TrackerError } from '../../net/errors.js';
import { MAX_PENDING_REQUESTS_PER_SESSION, TRACKER_RETURN_WAIT_MS } from '../../net/limits.js';
import type { TrackerMethod, TrackerMethods } from '../../net/tracker-api.js';
import type { TrackerCalls } from './tracker-calls.js';

export interface PatientCallsOptions {
  readonly calls: TrackerCalls;
  /** Ends all pauses: then the next call says why. */
  readonly ended: AbortSignal;
  /** A clock that nobody sets. @default that of the process */
  readonly steadyMs?: () => number;
  /** From 0 to below 1. @default that of the process */
  readonly random?: () => number;
  /** Resolves after so long, or when it has ended. @default a timer */
  readonly pause?: (ms: number) => Promise<void>;
}

export class PatientCalls implements TrackerCalls {
  readonly #options: Required<PatientCallsOptions>;
  #pausing = 0;

  constructor(options: PatientCallsOptions) {
    const pause = (ms: number): Promise<void> =>
      delay(ms, undefined, { signal: options.ended }).catch(() => undefined);
    this.#options = { steadyMs: () => performance.now(), random: Math.random, pause, ...options };
  }

  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']> {
    const { calls, steadyMs, random } = this.#options;
    let untilMs: number | undefined;
    for (;;) {
      try {
        return await calls.call(method, params);
      } catch (error) {
        const { retryAfterMs } = error instanceof TrackerError ? error : {};
        if (retryAfterMs === undefined || this.#pausing >= MAX_PENDING_REQUESTS_PER_SESSION) {
          throw error;
        }
        untilMs ??= steadyMs() + TRACKER_RETURN_WAIT_MS;
        // Not all at once.
        const waitMs = retryAfterMs * (0.5 + random() / 2);
        if (steadyMs() + waitMs > untilMs) throw error;
        await this.#pause(waitMs);
      }
    }
  }

  async #pause(ms: number): Promise<void> {
    this.#pausing++;
    await this.#options.pause(ms);
    this.#pausing--;
  }
}
