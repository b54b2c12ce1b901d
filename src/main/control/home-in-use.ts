/**
 * Waiting for a home that another process uses: a command that holds it for a moment ends
 * soon, and one that stays opens its control socket soon.
 */
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { P2pError, StorageError } from '../../net/errors.js';
import { HOME_LOCK_POLL_MS, HOME_LOCK_WAIT_MS, HOME_WAIT_TOLD_MS } from '../../net/limits.js';
import { connectSocket } from '../../net/connect-socket.js';
import type { Home } from '../home/home.js';

/** Whoever uses the home stands still, so that it answers nobody. */
export class HolderHalted extends StorageError {
  constructor(pid: number) {
    super(
      'HOME_IN_USE',
      `the client that runs for this home (pid ${pid}) was halted, as by Ctrl-Z; fg in its terminal lets it go on, and so does kill -CONT ${pid}`,
    );
  }
}

/**
 * Repeats `work` while it fails because the home is in use, within HOME_LOCK_WAIT_MS; `onWaiting` hears once that
 * this takes longer than people wait without wondering.
 */
export async function whileHomeInUse<T>(
  signal: AbortSignal,
  work: () => Promise<T>,
  onWaiting?: () => void,
): Promise<T> {
  const beginMs = performance.now();
  const deadlineMs = beginMs + HOME_LOCK_WAIT_MS;
  let isTold = false;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      const isInUse = error instanceof P2pError && error.code === 'HOME_IN_USE';
      if (
        !isInUse ||
        error instanceof HolderHalted ||
        signal.aborted ||
        performance.now() >= deadlineMs
      )
        throw error;
    }
    if (!isTold && performance.now() - beginMs >= HOME_WAIT_TOLD_MS) {
      isTold = true;
      onWaiting?.();
    }
    await delay(HOME_LOCK_POLL_MS);
  }
}

/**
 * For a process that wants to stay: says at once that another one is there already.
 * @throws StorageError HOME_IN_USE
 */
export async function requireFreeHome(home: Home): Promise<void> {
  const socket = await connectSocket(home.socketPath);
  if (socket === undefined) return;
  socket.destroy();
  throw new StorageError(
    'HOME_IN_USE',
    `${await holderOf(home)} already runs for the home folder ${home.path}; stop it, or give this one a home of its own with P2P_HOME`,
  );
}

/** Only for the message: the holder may be about to end. */
async function holderOf(home: Home): Promise<string> {
  const pid = await readFile(home.lockPidPath, 'utf8').catch(() => '');
  return /^\d+\n$/.test(pid) ? `a client (pid ${pid.trim()})` : 'a client';
}
