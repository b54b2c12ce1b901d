/**
 * The command line's end of the control socket: hands a command to the engine that already
 * runs for this home and shows what it says, as if the command ran here.
 */
import { connect, type Socket } from 'node:net';
import {
  CancelledError,
  fromWireError,
  P2pError,
  toStorageError,
  TrackerError,
} from '../../net/errors.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import { decodeNotification, type RunParams } from './control-messages.js';
import { readLines, writeLine } from './line-socket.js';
import type { Cell, Output } from '../terminal/output.js';

/** The engine accepts a command at once; one that does not is stuck. */
const ACCEPT_TIMEOUT_MS = 10_000;

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

/**
 * Lets the engine behind `socket` carry out a command. False when that engine went away
 * before it accepted the command, so that nothing has happened; rejects as the command does.
 */
export async function runAttached(
  socket: Socket,
  params: RunParams,
  output: Output,
  signal: AbortSignal,
): Promise<boolean> {
  const ended = new AttachedCommand(socket, output);
  const cancel = (): void => ended.cancel();
  signal.addEventListener('abort', cancel);
  try {
    if (!(await ended.start(params))) return false;
    if (signal.aborted) cancel();
    await ended.finished;
    return true;
  } catch (error) {
    throw signal.aborted ? asEndedHere(error, signal.reason) : error;
  } finally {
    signal.removeEventListener('abort', cancel);
    output.progress(undefined);
    socket.destroy();
  }
}

/** One command that runs in another process. */
class AttachedCommand {
  readonly finished: Promise<void>;
  readonly #rpc: JsonRpcConnection;
  readonly #output: Output;
  /** Rows of a list whose end has not come yet. */
  #rows: Cell[][] = [];
  #settle: { resolve: () => void; reject: (error: Error) => void } | undefined;

  constructor(socket: Socket, output: Output) {
    this.#output = output;
    this.finished = new Promise<void>((resolve, reject) => {
      this.#settle = { resolve, reject };
    });
    // Its failure is reported by whoever awaits it; before that it must not count as unhandled.
    this.finished.catch(() => undefined);
    this.#rpc = new JsonRpcConnection({
      send: (text) => writeLine(socket, text),
      onRequest: (method) =>
        Promise.reject(new TrackerError('BAD_REQUEST', `"${method}" is not a request`)),
      onNotification: (method, params) => this.#onNotification(method, params),
      maxPending: 1,
      requestTimeoutMs: ACCEPT_TIMEOUT_MS,
    });
    readLines(socket, (line) => this.#rpc.receive(line));
    socket.on('close', () => this.#onClosed());
  }

  /** False when the engine closed before it accepted the command. */
  async start(params: RunParams): Promise<boolean> {
    try {
      await this.#rpc.call('run', params);
      return true;
    } catch (error) {
      const isClosing =
        error instanceof P2pError && (error.code === 'CONNECTION_LOST' || error.code === 'BUSY');
      if (isClosing) return false;
      throw error;
    }
  }

  cancel(): void {
    this.#rpc.notify('cancel', {});
  }

  #onNotification(method: string, params: unknown): void {
    const message = decodeNotification(method, params);
    switch (message?.method) {
      case 'rows':
        this.#rows.push(...message.params.rows);
        return;
      case 'listEnd':
        this.#output.list(
          message.params.columns.map(({ name, kind }) => ({ name, kind: kind ?? 'text' })),
          this.#rows,
        );
        this.#rows = [];
        return;
      case 'result':
        return this.#output.result(message.params.value, message.params.lines, message.params.more);
      case 'note':
        return this.#output.note(message.params.line);
      case 'progress':
        return this.#output.progress(message.params.view ?? undefined);
      case 'ended':
        return this.#onEnded(message.params.error);
      case undefined:
        // A newer engine may have more to say than this version understands.
        return;
    }
  }

  #onEnded(error: { code: string; message: string } | null): void {
    if (error === null) this.#settle?.resolve();
    else this.#settle?.reject(fromWireError(error));
  }

  #onClosed(): void {
    const lost = new TrackerError(
      'CONNECTION_LOST',
      'the client that carried out this command has ended; run the command again',
    );
    this.#rpc.close(lost);
    this.#settle?.reject(lost);
  }
}

/** What ended the command is known here; what became of its work is known there. */
function asEndedHere(error: unknown, reason: unknown): unknown {
  if (!(error instanceof CancelledError) || !(reason instanceof CancelledError)) return reason;
  return new CancelledError(error.message, reason.code);
}
