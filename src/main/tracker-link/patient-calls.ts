/**
 * Calls to a tracker that cannot do anything just now, and says when to ask again (`retryAfterMs`): its database is being
 * started anew. Nothing of such a call is done, so it is asked for again, as long as a person waits. Owns the pauses.
 */
import { TrackerError } from '../../net/errors.js';
import {
  MAX_PENDING_REQUESTS_PER_SESSION,
  MIN_RETRY_AFTER_MS,
  TRACKER_RETURN_WAIT_MS,
} from '../../net/limits.js';
import type { TrackerMethod, TrackerMethods } from '../../net/tracker-api.js';
import { pausesUntil, type Pause } from './pauses.js';
import type { TrackerCalls } from './tracker-calls.js';

export interface PatientCallsOptions {
  readonly calls: TrackerCalls;
  /** Ends all pauses: then the next call says why. */
  readonly ended: AbortSignal;
  /** A clock that nobody sets. @default that of the process */
  readonly steadyMs?: () => number;
  /** From 0 to below 1. @default that of the process */
  readonly random?: () => number;
  /** @default a timer */
  readonly pause?: Pause;
}

/** How often it was told to ask again so far, and until when it does. */
interface Patience {
  readonly times: number;
  readonly untilMs: number;
}

export class PatientCalls implements TrackerCalls {
  readonly #options: Required<PatientCallsOptions>;
  #pausing = 0;

  constructor(options: PatientCallsOptions) {
    const pause = pausesUntil(options.ended);
    this.#options = { steadyMs: () => performance.now(), random: Math.random, pause, ...options };
  }

  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']> {
    const { calls, steadyMs } = this.#options;
    let untilMs: number | undefined;
    for (let times = 0; ; times++) {
      try {
        return await calls.call(method, params);
      } catch (error) {
        untilMs ??= steadyMs() + TRACKER_RETURN_WAIT_MS;
        const waitMs = this.#waitMs(error, { times, untilMs });
        if (waitMs === undefined) throw error;
        await this.#pause(waitMs);
      }
    }
  }

  /**
   * Twice as long each time, because what so many ask for in vain costs the tracker what it has too little of; drawn,
   * so that they do not come all at once. Undefined when it is not worth waiting.
   */
  #waitMs(error: unknown, { times, untilMs }: Patience): number | undefined {
    const { steadyMs, random } = this.#options;
    const { retryAfterMs } = error instanceof TrackerError ? error : {};
    if (retryAfterMs === undefined) return undefined;
    if (this.#pausing >= MAX_PENDING_REQUESTS_PER_SESSION) return undefined;
    const toldMs = Math.max(MIN_RETRY_AFTER_MS, retryAfterMs);
    const leftMs = untilMs - steadyMs();
    if (leftMs < toldMs) return undefined;
    return Math.min(toldMs * 2 ** times, leftMs) * (0.5 + random() / 2);
  }

  async #pause(ms: number): Promise<void> {
    this.#pausing++;
    await this.#options.pause(ms);
    this.#pausing--;
  }
}
