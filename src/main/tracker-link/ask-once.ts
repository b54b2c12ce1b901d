/**
 * Changes whose answer may be lost with the connection. They are asked for again on the next one, with the same key, as
 * long as the tracker at both ends does what has such a key once (net/asked-once.ts). Owns the keys.
 */
import { OnceKeys } from '../../net/asked-once.js';
import { TrackerError } from '../../net/errors.js';
import { MAX_TIMES_ASKED, TRACKER_RETURN_WAIT_MS } from '../../net/limits.js';
import type { TrackerMethod, TrackerMethods } from '../../net/tracker-api.js';
import type { TrackerCalls } from './tracker-calls.js';

/** A connection on which the session is restored. */
export interface ReadyConnection {
  readonly calls: TrackerCalls;
  readonly keepsAnswers: boolean;
}

export class OnceCalls implements TrackerCalls {
  readonly #ready: (waitMs?: number) => Promise<ReadyConnection>;
  readonly #keys = new OnceKeys();

  /** `ready` rejects when there is no connection within a time, by default the one in which an answer has to come. */
  constructor(ready: (waitMs?: number) => Promise<ReadyConnection>) {
    this.#ready = ready;
  }

  /** @throws TrackerError as the tracker refuses it; CONNECTION_LOST when whether it is done is not known */
  async call<M extends TrackerMethod>(
    method: M,
    params: TrackerMethods[M]['params'],
  ): Promise<TrackerMethods[M]['result']> {
    const keyed = { ...params, once: this.#keys.next() };
    let connection = await this.#ready();
    let lost: TrackerError | undefined;
    for (let times = 1; ; times++) {
      try {
        return await connection.calls.call(method, keyed);
      } catch (error) {
        // What was handed in before went with the connection.
        if (lost !== undefined && isRefusedBy(error, 'NEED_DESCRIPTION')) throw lost;
        if (!isRefusedBy(error, 'CONNECTION_LOST') || !connection.keepsAnswers) throw error;
        if (times === MAX_TIMES_ASKED) throw error;
        lost = error;
      }
      // Whoever waits has waited already: no longer than a person would.
      const next = await this.#ready(TRACKER_RETURN_WAIT_MS).catch(() => undefined);
      if (next?.keepsAnswers !== true) throw lost;
      connection = next;
    }
  }
}

function isRefusedBy(error: unknown, code: string): error is TrackerError {
  return error instanceof TrackerError && error.code === code;
}
