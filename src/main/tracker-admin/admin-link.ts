/**
 * The operator's end of a tracker's own socket: finds the tracker that runs on a data folder of this machine, and
 * asks it. Owns the connection. A folder or a socket of somebody else is refused before anything is said to it.
 */
import { lstat, stat } from 'node:fs/promises';
import type { Socket } from 'node:net';
import {
  ADMIN_VERSION,
  adminSocketOf,
  type AdminMethod,
  type AdminMethods,
} from '../../net/admin-api.js';
import { connectSocket } from '../../net/connect-socket.js';
import { StorageError, toStorageError, TrackerError } from '../../net/errors.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import { MAX_ADMIN_CALLS, TRACKER_REQUEST_TIMEOUT_MS } from '../../net/limits.js';
import { readLines, writeLine } from '../../net/line-socket.js';
import { ownUserId } from '../../net/own-folder.js';
import { commonSocketPath } from '../../net/socket-path.js';
import type { Page } from '../../net/tracker-api.js';
import { untilAborted } from '../../net/until-aborted.js';

const ROOT = 0;

/** A method that answers a page of a list. */
type ListMethod = {
  [M in AdminMethod]: AdminMethods[M]['result'] extends Page<unknown> ? M : never;
}[AdminMethod];
type ItemOf<M extends ListMethod> = AdminMethods[M]['result']['items'][number];

export class AdminLink {
  readonly #socket: Socket;
  readonly #rpc: JsonRpcConnection;

  private constructor(socket: Socket) {
    this.#socket = socket;
    this.#rpc = new JsonRpcConnection({
      send: (text) => writeLine(socket, text),
      onRequest: (method) =>
        Promise.reject(new TrackerError('BAD_REQUEST', `"${method}" is not a request`)),
      onNotification: () => undefined,
      maxPending: MAX_ADMIN_CALLS,
      requestTimeoutMs: TRACKER_REQUEST_TIMEOUT_MS,
    });
    readLines(socket, (line) => this.#rpc.receive(line));
    socket.on('close', () => this.#rpc.close(trackerEnded()));
  }

  /**
   * A tracker that is halted answers nothing: the signal ends the wait for it.
   * @throws StorageError, TrackerError TRACKER_UNREACHABLE when none runs there, BAD_REQUEST; the reason of the signal
   */
  static async open(dataDir: string, signal: AbortSignal): Promise<AdminLink> {
    const ownerId = await ownerOf(dataDir);
    const path = await commonSocketPath(adminSocketOf(dataDir), { isMade: false });
    await refuseForeignSocket(path, ownerId);
    const socket = await connectSocket(path, 'the tracker');
    if (socket === undefined) throw noTracker(dataDir);
    const link = new AdminLink(socket);
    try {
      await untilAborted(signal, link.call('hello', { version: ADMIN_VERSION }));
      return link;
    } catch (error) {
      link.close();
      throw error;
    }
  }

  /** Rejects as the tracker does, or with CONNECTION_LOST. */
  async call<M extends AdminMethod>(
    method: M,
    params: AdminMethods[M]['params'],
  ): Promise<AdminMethods[M]['result']> {
    // Both ends are of one version, so that this is what the method answers.
    return (await this.#rpc.call(method, params)) as AdminMethods[M]['result'];
  }

  /** A list, page by page. */
  async *list<M extends ListMethod>(
    method: M,
    params: Omit<AdminMethods[M]['params'], 'after'>,
  ): AsyncGenerator<ItemOf<M>> {
    let after: string | undefined;
    do {
      const asked = { ...params, ...(after !== undefined && { after }) };
      const page = await this.call(method, asked);
      yield* page.items as readonly ItemOf<M>[];
      after = page.next;
    } while (after !== undefined);
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Whose the folder is. @throws StorageError when it is not there, or somebody else's */
async function ownerOf(dataDir: string): Promise<number> {
  const stats = await stat(dataDir).catch((error: unknown) => {
    throw toStorageError(error, `looking at the tracker's data folder ${dataDir}`, 'read');
  });
  if (!stats.isDirectory()) {
    throw new StorageError('NO_DESTINATION', `the tracker's data folder ${dataDir} is no folder`);
  }
  const userId = ownUserId();
  if (userId === undefined || userId === ROOT || stats.uid === userId) return stats.uid;
  throw new StorageError(
    'PERMISSION_DENIED',
    `the tracker's data folder ${dataDir} belongs to another user; run this command as that user`,
  );
}

/** Whoever has put something else in its place would be told passwords. */
async function refuseForeignSocket(path: string, ownerId: number): Promise<void> {
  const stats = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(error, `looking at the tracker's socket ${path}`, 'read');
  });
  // Root may have started the tracker of anybody.
  const isTheirs = stats?.uid === ownerId || stats?.uid === ROOT;
  if (stats === undefined || (stats.isSocket() && isTheirs)) return;
  throw new StorageError(
    'PERMISSION_DENIED',
    `${path} is no socket of the owner of the tracker's data folder; remove it, then start the tracker again`,
  );
}

function noTracker(dataDir: string): TrackerError {
  return new TrackerError(
    'TRACKER_UNREACHABLE',
    `no tracker runs on the data folder ${dataDir}; start it, or name the folder of the one that runs with --data DIR`,
  );
}

function trackerEnded(): TrackerError {
  return new TrackerError(
    'CONNECTION_LOST',
    'the tracker has ended before it answered; it may be done: look with users or groups once it runs again',
  );
}
