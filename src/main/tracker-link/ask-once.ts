/**
 * Changes whose answer may be lost with the connection. They are asked for again on the next one, with the same key, as
 * long as the tracker at both ends does what has such a key once (net/asked-once.ts); what is the same when it is done twice
 * has none. What changes nothing is asked again only when the tracker was given up for another address: whoever asks
 * is told sooner that it is away. Owns the keys.
 */
import { isAskedOnce, isLook, isSameTwice, OnceKeys } from '../../net/asked-once.js';
import { TrackerError, type ErrorCode } from '../../net/errors.js';
import { ASKED_AGAIN_PAUSE_MS, MAX_TIMES_ASKED, TRACKER_RETURN_WAIT_MS } from '../../net/limits.js';
import type { TrackerMethod, TrackerMethods } from '../../net/tracker-api.js';
import { pausesUntil, type Pause } from './pauses.js';
import type { TrackerCalls } from './tracker-calls.js';

/** A connection on which the session is restored. */
export interface ReadyConnection {
  readonly calls: TrackerCalls;
  readonly keepsAnswers: boolean;
  /** It was given up, because the tracker hung there and answered elsewhere. */
  readonly wasGivenUp: boolean;
}

export interface OnceCallsOptions {
  /** Rejects when there is no connection within a time, by default the one in which an answer has to come. */
  readonly ready: (waitMs?: number) => Promise<ReadyConnection>;
  /** Ends all pauses: then `ready` says why. */
  readonly ended: AbortSignal;
  /** @default a timer */
  readonly pause?: Pause;
}

/** What says nothing of a change that was asked for before: it may be done, or under way. */
const UNDECIDED: readonly ErrorCode[] = [
  ...(['CONNECTION_LOST', 'BUSY', 'TRACKER_STORAGE', 'TIMEOUT'] as const),
  ...(['INTERNAL', 'NOT_LOGGED_IN'] as const),
  // What was handed in before went with the connection.
  'NEED_DESCRIPTION',
];

/** True for what may be asked for again. */
export function isAskedAgain(method: TrackerMethod, params: object): boolean {
  return isLook(method) || isAskedOnce(method, params) || isSameTwice(method, params);
}

export class OnceCalls implements TrackerCalls {
  readonly #options: Required<OnceCallsOptions>;
  readonly #keys = new OnceKeys();

  constructor(options: OnceCallsOptions) {
    this.#options = { pause: pausesUntil(options.ended), ...options };
  }

  /** @throws TrackerError as the tracker refuses it; CONNECTION_LOST when whether it is done is not known */
  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']> {
    const keyed = isAskedOnce(method, params) ? { ...params, once: this.#keys.next() } : params;
    const connection = await this.#options.ready();
    try {
      return await connection.calls.call(method, keyed);
    } catch (error) {
      const isWorthIt = isLook(method) ? connection.wasGivenUp : connection.keepsAnswers;
      if (codeOf(error) !== 'CONNECTION_LOST' || !isWorthIt) throw error;
      return this.#again(method, keyed, error);
    }
  }

  /** Asks until it is known what became of it. @throws `lost` when that is not to be known */
  async #again<M extends TrackerMethod>(
    method: M,
    keyed: TrackerMethods[M]['params'],
    lost: unknown,
  ): Promise<TrackerMethods[M]['result']> {
    const { ready, pause } = this.#options;
    for (let times = 2; times <= MAX_TIMES_ASKED; times++) {
      // Whoever waits has waited already: no longer than a person would.
      const connection = await ready(TRACKER_RETURN_WAIT_MS).catch(() => undefined);
      if (!connection || !(isLook(method) || connection.keepsAnswers)) break;
      try {
        return await connection.calls.call(method, keyed);
      } catch (error) {
        const code = codeOf(error);
        if (code === undefined || !UNDECIDED.includes(code)) throw error;
        if (code === 'NEED_DESCRIPTION') break;
        if (code !== 'CONNECTION_LOST') await pause(ASKED_AGAIN_PAUSE_MS);
      }
    }
    throw lost;
  }
}

function codeOf(error: unknown): ErrorCode | undefined {
  return error instanceof TrackerError ? error.code : undefined;
}
