/**
 * A signal that is aborted with another one, or when a time is over. Not AbortSignal.any over
 * AbortSignal.timeout: Node may collect such a signal while somebody still listens to it, and then it is
 * never aborted (seen with 20.20; https://github.com/nodejs/node/issues/54614).
 */

export interface Deadline {
  /** Its reason is a `TimeoutError` when the time is over. */
  readonly signal: AbortSignal;
  /** It is not needed any more; nothing is aborted from here on. Idempotent. */
  readonly release: () => void;
}

/** Begins now; the caller releases it. */
export function deadlineOf(signal: AbortSignal, timeoutMs: number): Deadline {
  const ending = new AbortController();
  const onAbort = (): void => {
    clearTimeout(timer);
    ending.abort(signal.reason);
  };
  const timer = setTimeout(() => {
    ending.abort(new DOMException('it took too long', 'TimeoutError'));
  }, timeoutMs);
  signal.addEventListener('abort', onAbort, { once: true });
  if (signal.aborted) onAbort();
  return {
    signal: ending.signal,
    release: () => {
      clearTimeout(timer);
      signal.removeEventListener('abort', onAbort);
    },
  };
}
