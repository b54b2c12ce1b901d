/**
 * The tracker's own socket: lets in commands of whoever may open it, who is the operator (it is 0600, in a folder
 * that is the owner's alone). It is no address of the network, and knows none of what clients call. Owns the socket
 * and the calls that run; what they mean is for others.
 */
import { createServer, type Server, type Socket } from 'node:net';
import { ADMIN_VERSION, adminSocketOf } from '../../net/admin-api.js';
import { deferred, whenSettled } from '../../net/deferred.js';
import { CancelledError, TrackerError } from '../../net/errors.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import { LINK_CLOSE_TIMEOUT_MS, MAX_ADMIN_CALLERS, MAX_ADMIN_CALLS } from '../../net/limits.js';
import { readLines, writeLine } from '../../net/line-socket.js';
import { listenPrivately } from '../../net/private-socket.js';
import { commonSocketPath } from '../../net/socket-path.js';

/** Carries a call out. */
export type AdminCalls = (method: string, params: unknown, caller: object) => Promise<unknown>;

export interface AdminServerOptions {
  readonly dataDir: string;
  readonly calls: AdminCalls;
  readonly onUnforeseen: (error: unknown) => void;
}

export class AdminServer {
  readonly #server: Server;
  readonly #callers = new Set<AdminCaller>();

  private constructor(options: AdminServerOptions) {
    this.#server = createServer((socket) => {
      const caller = new AdminCaller(socket, options);
      this.#callers.add(caller);
      socket.once('close', () => this.#callers.delete(caller));
    });
    this.#server.maxConnections = MAX_ADMIN_CALLERS;
  }

  /** Listens for a folder of which this process holds the lock. @throws StorageError, TrackerError HOME_IN_USE */
  static async open(options: AdminServerOptions): Promise<AdminServer> {
    const server = new AdminServer(options);
    const path = await commonSocketPath(adminSocketOf(options.dataDir), { isMade: true });
    await listenPrivately(server.#server, path);
    return server;
  }

  /** Takes no more callers, lets what runs for them end, and hangs up. */
  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    await Promise.all([...this.#callers].map((caller) => caller.end()));
    await closed;
  }
}

/** One command. Life: silent -> (hello) attached -> gone. */
class AdminCaller {
  readonly #socket: Socket;
  readonly #rpc: JsonRpcConnection;
  readonly #running = new Set<Promise<unknown>>();
  #state: 'silent' | 'attached' | 'ending' = 'silent';

  constructor(socket: Socket, { calls, onUnforeseen }: AdminServerOptions) {
    this.#socket = socket;
    this.#rpc = new JsonRpcConnection({
      send: (text) => writeLine(socket, text),
      onRequest: (method, params) => this.#track(this.#onRequest(calls, method, params)),
      onNotification: () => undefined,
      maxPending: MAX_ADMIN_CALLS,
      requestTimeoutMs: 0,
      onUnforeseen,
    });
    readLines(socket, (line) => this.#rpc.receive(line));
    socket.on('error', () => {
      // `close` follows and says the same.
    });
    socket.on('close', () => this.#rpc.close(new CancelledError('the caller hung up')));
  }

  /** Answers what it has asked, and hangs up. */
  async end(): Promise<void> {
    this.#state = 'ending';
    while (this.#running.size > 0) await Promise.all(this.#running);
    if (this.#socket.destroyed) return;
    const gone = deferred<void>();
    this.#socket.once('close', () => gone.resolve());
    // The answers leave before the connection ends, unless nobody reads them.
    const timer = setTimeout(() => this.#socket.destroy(), LINK_CLOSE_TIMEOUT_MS);
    setImmediate(() => this.#socket.destroySoon());
    await gone.promise;
    clearTimeout(timer);
  }

  async #onRequest(calls: AdminCalls, method: string, params: unknown): Promise<unknown> {
    if (this.#state === 'ending') throw new TrackerError('BUSY', 'the tracker is closing');
    if (method === 'hello') {
      const { version } = (params ?? {}) as { readonly version?: unknown };
      if (version !== ADMIN_VERSION) throw versionsDiffer();
      this.#state = 'attached';
      return { version: ADMIN_VERSION };
    }
    if (this.#state === 'silent') throw versionsDiffer();
    return calls(method, params, this);
  }

  #track<T>(work: Promise<T>): Promise<T> {
    const settled: Promise<unknown> = whenSettled(work).then(() => this.#running.delete(settled));
    this.#running.add(settled);
    return work;
  }
}

function versionsDiffer(): TrackerError {
  return new TrackerError(
    'BAD_REQUEST',
    'the command line and the running tracker differ; update both, then start the tracker again',
  );
}
