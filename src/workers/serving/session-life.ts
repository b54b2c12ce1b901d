/**
 * When an upload session is over without anybody saying so. A sign of life is progress of what is
 * owed: whoever asks must read, whoever is let in must ask. Pure; told a few times a second, on a
 * clock that is handed in.
 */
import type { WireError } from '../../net/errors.js';
import {
  PEER_IDLE_TIMEOUT_MS,
  UPLOAD_STALL_TIMEOUT_MS,
  UPLOAD_UNASKED_TIMEOUT_MS,
  UPLOAD_UNOPENED_TIMEOUT_MS,
} from '../../net/limits.js';

/** How a session stands at one look. */
export interface SessionStanding {
  /** Bytes wait, and the kernel has taken none since the last look. */
  readonly isStuck: boolean;
  /** A request waits for its answer, or has got it since the last look. */
  readonly isAsked: boolean;
  readonly openFiles: number;
}

export class SessionLife {
  #readMs: number;
  #takenMs: number;
  #askedMs: number;
  #openedMs: number;

  constructor(nowMs: number) {
    this.#readMs = nowMs;
    this.#takenMs = nowMs;
    this.#askedMs = nowMs;
    this.#openedMs = nowMs;
  }

  /** Bytes of whatever kind came. */
  onRead(nowMs: number): void {
    this.#readMs = nowMs;
  }

  /** Why the session must end; undefined while it may go on. */
  lapseOf(standing: SessionStanding, nowMs: number): WireError | undefined {
    const { isStuck, isAsked, openFiles } = standing;
    if (!isStuck) this.#takenMs = nowMs;
    if (isAsked) this.#askedMs = nowMs;
    if (openFiles > 0) this.#openedMs = nowMs;
    if (nowMs - this.#readMs > PEER_IDLE_TIMEOUT_MS) {
      return timeout('the connection was idle for too long');
    }
    if (nowMs - this.#takenMs >= UPLOAD_STALL_TIMEOUT_MS) {
      return timeout('the peer does not read what it is sent');
    }
    if (nowMs - this.#openedMs >= UPLOAD_UNOPENED_TIMEOUT_MS) {
      return timeout('no file was asked for');
    }
    const isUnasked = nowMs - this.#askedMs >= UPLOAD_UNASKED_TIMEOUT_MS;
    return isUnasked ? timeout('nothing was asked for; connect again when there is') : undefined;
  }
}

function timeout(message: string): WireError {
  return { code: 'TIMEOUT', message };
}
