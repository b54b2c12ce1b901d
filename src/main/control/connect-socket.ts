/** Finds the engine that runs for a home: the way to its control socket. */
import { connect, type Socket } from 'node:net';
import { toStorageError } from '../../net/errors.js';

/**
 * Connects to the control socket; undefined when no engine is there: no file, or the file of
 * a process that has died.
 */
export function connectSocket(socketPath: string): Promise<Socket | undefined> {
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
      else reject(toStorageError(error, `cannot reach the running client on ${socketPath}`));
    });
  });
}
