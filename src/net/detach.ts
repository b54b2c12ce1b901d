/**
 * Work that nobody awaits: a callback of a socket, a server or a timer that has to do something
 * slow. Whoever starts it names who takes its failure: what answers for the bytes it works on
 * (mostly: this connection), or the process, if it can only fail by a mistake of ours. Lint allows
 * `void promise` nowhere else but in `leaveToWaiters`.
 */
import { P2pError } from './errors.js';

/** Starts `work`; what it throws or rejects with goes to `onFailed`, which must not throw. */
export function detach(work: () => Promise<unknown>, onFailed: (error: unknown) => void): void {
  void caught(work, onFailed);
}

/** Takes the failure of work that fails by a mistake of ours only: it ends the process. */
export function crash(bug: unknown): void {
  queueMicrotask(() => {
    throw bug;
  });
}

/** Takes the failure of work whose refusals are heard elsewhere, or by nobody: a bug crashes. */
export function crashOnBug(error: unknown): void {
  if (!(error instanceof P2pError)) crash(error);
}

async function caught(
  work: () => Promise<unknown>,
  onFailed: (error: unknown) => void,
): Promise<void> {
  try {
    await work();
  } catch (error) {
    onFailed(error);
  }
}
