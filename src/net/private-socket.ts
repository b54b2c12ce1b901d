/**
 * Listening on a local socket that only its owner can open: 0600 from its first moment on. Started only by who
 * holds the lock of the folder that it is for, so a socket file that is already there is a dead process's.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import type { Server } from 'node:net';
import { connectSocket } from './connect-socket.js';
import { toStorageError, TrackerError } from './errors.js';

/** @throws TrackerError HOME_IN_USE when somebody answers there, StorageError */
export async function listenPrivately(server: Server, socketPath: string): Promise<void> {
  try {
    await replaceStaleSocket(socketPath);
    await listen(server, socketPath);
  } catch (error) {
    if (error instanceof TrackerError) throw error;
    throw toStorageError(error, `cannot open the socket ${socketPath}`, 'create');
  }
}

async function replaceStaleSocket(socketPath: string): Promise<void> {
  const socket = await connectSocket(socketPath);
  if (socket !== undefined) {
    socket.destroy();
    throw new TrackerError(
      'HOME_IN_USE',
      `another process answers on ${socketPath}; stop it first`,
    );
  }
  await rm(socketPath, { force: true });
}

/** The file must never exist with other rights, not even for the moment before a chmod. */
async function listen(server: Server, socketPath: string): Promise<void> {
  const listening = once(server, 'listening');
  const umask = process.umask(0o177);
  try {
    // A path is bound within this call. No other file of this process may be made meanwhile.
    server.listen(socketPath);
  } finally {
    process.umask(umask);
  }
  await listening;
  await chmod(socketPath, 0o600);
}
