/** Finds who runs for a folder, an engine for a home or a tracker for its data: the way to the socket. */
import { connect, type Socket } from 'node:net';
import { toStorageError } from './errors.js';

/**
 * Connects to a control socket; undefined when nobody is there: no file, or the file of a process that
 * has died. `whom` is for the message when it fails.
 */
export function connectSocket(
  socketPath: string,
  whom = 'the running client',
): Promise<Socket | undefined> {
  return new Promise((resolve, reject) => {
    const socket = connect(socketPath);
    socket.once('connect', () => {
      socket.removeAllListeners('error');
      // From here on `close` tells what there is to tell.
      socket.on('error', () => undefined);
      resolve(socket);
    });
    socket.once('error', (error: NodeJS.ErrnoException) => {
      const isNobodyThere = error.code === 'ENOENT' || error.code === 'ECONNREFUSED';
      if (isNobodyThere) resolve(undefined);
      else reject(toStorageError(error, `cannot reach ${whom} on ${socketPath}`));
    });
  });
}
