/**
 * Work that nobody awaits: a callback of a socket, a server or a timer that has to do something
 * slow. Its failure goes to whoever answers for it (mostly: this connection) and never to the
 * process, which an unhandled rejection would end. Lint allows `void promise` nowhere else.
 */

/** Starts `work`; what it throws or rejects with goes to `onFailed`, which must not throw. */
export function detach(work: () => Promise<unknown>, onFailed: (error: unknown) => void): void {
  void caught(work, onFailed);
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
