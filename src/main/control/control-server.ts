/**
 * The engine's end of the control socket: takes commands from other processes of the same
 * user (the socket is 0600) and lets them speak through the connection. Started only by the
 * holder of the home's lock, so a socket file that is already there is a dead process's.
 */
import { once } from 'node:events';
import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import {
  CancelledError,
  P2pError,
  TrackerError,
  toWireError,
  type WireError,
} from '../../net/errors.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import { MAX_CONTROL_CLIENTS } from '../../net/limits.js';
import { connectSocket } from './control-client.js';
import { decodeRunParams, type RunParams } from './control-messages.js';
import { readLines, writeLine } from './line-socket.js';
import type { Output } from '../terminal/output.js';
import { RemoteOutput } from './remote-output.js';

/** A caller sends `run` and `cancel`, nothing else. */
const MAX_PENDING_CONTROL_REQUESTS = 4;

export interface ControlHandlers {
  /** Carries out a command; ends it when the signal is aborted. */
  readonly run: (params: RunParams, output: Output, signal: AbortSignal) => Promise<void>;
  /** Hears of errors that nobody foresaw; the caller is only told that there was one. */
  readonly onUnforeseen: (error: unknown) => void;
}

/** A running control server. */
export interface ControlServer {
  /** Resolves when no command of another process is running. */
  whenIdle(): Promise<void>;
  /** Takes no more commands, ends those that run, removes the socket. Idempotent. */
  close(): Promise<void>;
}

/** Listens on the control socket of a home whose lock this process holds. */
export async function startControlServer(
  socketPath: string,
  handlers: ControlHandlers,
): Promise<ControlServer> {
  const commands = new RunningCommands(handlers);
  const server = createServer((socket) => commands.accept(socket));
  server.maxConnections = MAX_CONTROL_CLIENTS;
  await replaceStaleSocket(socketPath);
  await listenPrivately(server, socketPath);
  return {
    whenIdle: () => commands.whenIdle(),
    close: async () => {
      const closed = new Promise((resolve) => server.close(resolve));
      await commands.endAll();
      await closed;
    },
  };
}

async function replaceStaleSocket(socketPath: string): Promise<void> {
  const socket = await connectSocket(socketPath);
  if (socket !== undefined) {
    socket.destroy();
    throw new TrackerError('HOME_IN_USE', `another client answers on ${socketPath}; stop it first`);
  }
  await rm(socketPath, { force: true });
}

/** The file must never exist with other rights, not even for the moment before a chmod. */
async function listenPrivately(server: Server, socketPath: string): Promise<void> {
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

/** The connections of a control server and what runs for each. */
class RunningCommands {
  readonly #handlers: ControlHandlers;
  readonly #sockets = new Set<Socket>();
  /** One per command that runs; settled ones are gone from here. */
  readonly #runs = new Map<Promise<void>, AbortController>();
  #isEnding = false;

  constructor(handlers: ControlHandlers) {
    this.#handlers = handlers;
  }

  accept(socket: Socket): void {
    const controller = new AbortController();
    const cancel = (): void => controller.abort(new CancelledError('interrupted', 'INTERRUPTED'));
    let hasRun = false;
    const rpc: JsonRpcConnection = new JsonRpcConnection({
      send: (text) => writeLine(socket, text),
      onRequest: (method, params) => {
        if (method !== 'run' || hasRun) return Promise.reject(unknownRequest(method));
        hasRun = true;
        return this.#onRun(rpc, socket, params, controller);
      },
      onNotification: (method) => {
        if (method === 'cancel') cancel();
      },
      maxPending: MAX_PENDING_CONTROL_REQUESTS,
      requestTimeoutMs: 0,
      onUnforeseen: this.#handlers.onUnforeseen,
    });
    this.#sockets.add(socket);
    readLines(socket, (line) => rpc.receive(line));
    socket.on('error', () => {
      // `close` follows and says the same.
    });
    socket.on('close', () => {
      this.#sockets.delete(socket);
      rpc.close(new CancelledError('the caller hung up'));
      cancel();
    });
  }

  /** Accepts a command and answers; the command itself goes on after the answer. */
  async #onRun(
    rpc: JsonRpcConnection,
    socket: Socket,
    params: unknown,
    controller: AbortController,
  ): Promise<unknown> {
    if (this.#isEnding) throw new TrackerError('BUSY', 'the running client is closing; try again');
    const request = decodeRunParams(params);
    const run = this.#run(request, new RemoteOutput(rpc, socket), controller.signal).then(
      (error) => {
        this.#runs.delete(run);
        rpc.notify('ended', { error });
        socket.end();
      },
    );
    this.#runs.set(run, controller);
    return {};
  }

  async #run(request: RunParams, output: Output, signal: AbortSignal): Promise<WireError | null> {
    try {
      // The answer to `run` must leave before `ended`: the caller takes a connection that ends
      // without it for a command that never ran.
      await nextTurn();
      await this.#handlers.run(request, output, signal);
      return null;
    } catch (error) {
      if (error instanceof P2pError) return toWireError(error);
      this.#handlers.onUnforeseen(error);
      const message = `internal error; the output of the client that runs for this home (pid ${process.pid}) says more`;
      return { code: 'INTERNAL', message };
    }
  }

  async whenIdle(): Promise<void> {
    while (this.#runs.size > 0) await Promise.race(this.#runs.keys());
  }

  async endAll(): Promise<void> {
    this.#isEnding = true;
    const reason = new CancelledError('the client that did the work was stopped', 'TERMINATED');
    for (const controller of this.#runs.values()) controller.abort(reason);
    await this.whenIdle();
    await Promise.all([...this.#sockets].map(endSocket));
  }
}

/** Lets what was written reach the caller, which hangs up when it has read `ended`. */
function endSocket(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    socket.once('close', () => resolve());
    socket.destroySoon();
  });
}

function unknownRequest(method: string): TrackerError {
  return new TrackerError('BAD_REQUEST', `the running client does not know "${method}" here`);
}
