/**
 * The caller's end of the control socket: calls of the engine that already runs for this home,
 * as data. Owns the connection. What a call means, and what is shown of it, is for others.
 *
 * Life: connecting -> attached -> ended (the engine is stopped or lost, or `close`).
 */
import type { Socket } from 'node:net';
import { deferred } from '../../net/deferred.js';
import { fromWireError, P2pError, TrackerError } from '../../net/errors.js';
import { JsonRpcConnection } from '../../net/json-rpc.js';
import type { RpcId } from '../../net/json-rpc-message.js';
import { MAX_CONTROL_CALLS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { ApiMethodName, ApiParams, ApiResult } from '../api/api-methods.js';
import type { ClientEvent, EventScope, TimedEventListener } from '../api/client-events.js';
import { API_VERSION, PROTOCOL_VERSION } from '../api/engine-api.js';
import type { DownloadProgress, UploadProgress } from '../api/progress.js';
import {
  decodeFromEngine,
  decodeWelcome,
  versionsDiffer,
  type CallerNotifications,
  type Greeting,
  type Welcome,
} from './control-protocol.js';
import { readLines, writeLine } from '../../net/line-socket.js';
import { joinSlices } from './long-result.js';

/** An engine greets at once; one that does not is stuck. */
const HELLO_TIMEOUT_MS = 10_000;

export type Progress = UploadProgress | DownloadProgress;

/** What a call may have besides its params. */
export interface CallOptions {
  readonly onProgress?: (progress: Progress) => void;
  /** Takes the call back; it then ends as the engine says. */
  readonly signal?: AbortSignal | undefined;
}

/** A call that waits for its answer. */
interface OpenCall {
  readonly onProgress: ((progress: Progress) => void) | undefined;
  readonly slices: string[];
}

/** One connection to a running engine. */
export class ControlLink {
  readonly #rpc: JsonRpcConnection;
  readonly #socket: Socket;
  readonly #ended = new AbortController();
  readonly #calls = new Map<RpcId, OpenCall>();
  readonly #listeners = new Set<TimedEventListener>();
  readonly #closed = deferred<undefined>();
  #isMoving = false;
  #onMoving: () => void = () => undefined;
  #onHalted: (isHalted: boolean) => void = () => undefined;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.#rpc = new JsonRpcConnection({
      send: (text) => writeLine(socket, text),
      onRequest: (method) =>
        Promise.reject(new TrackerError('BAD_REQUEST', `"${method}" is not a request`)),
      onNotification: (method, params) => this.#onNotification(method, params),
      maxPending: MAX_CONTROL_CALLS,
      requestTimeoutMs: 0,
    });
    readLines(socket, (line) => this.#rpc.receive(line));
    socket.on('close', () => this.#onClosed());
  }

  /** Aborted when the engine ends; its reason is the error for whatever was being done. */
  get ended(): AbortSignal {
    return this.#ended.signal;
  }

  /** Another engine of the home takes over: this link will end, and that ends nothing. */
  get isMoving(): boolean {
    return this.#isMoving;
  }

  /** Resolves when it has ended, however. */
  get closed(): Promise<unknown> {
    return this.#closed.promise;
  }

  /** Has one listener hear when another engine takes over. */
  moves(listener: () => void): void {
    this.#onMoving = listener;
  }

  /**
   * Greets the engine; must come first. Undefined when it went away before it answered, so
   * that nothing has happened. @throws P2pError when it is of another version or is stuck
   */
  async hello(
    signal: AbortSignal,
    { title, goesBy, isListener = false }: Greeting,
  ): Promise<Welcome | undefined> {
    const stuck = new AbortController();
    const timer = setTimeout(() => stuck.abort(isStuck()), HELLO_TIMEOUT_MS);
    try {
      const isRelease = goesBy === 'version';
      const words = isRelease ? { version: API_VERSION } : { protocol: PROTOCOL_VERSION };
      const answer = this.#rpc.call('hello', { ...words, title, isListener });
      const result = await untilAborted(AbortSignal.any([signal, stuck.signal]), answer);
      const welcome = decodeWelcome(result);
      if (isRelease ? welcome?.version === API_VERSION : welcome?.protocol === PROTOCOL_VERSION)
        return welcome;
      throw versionsDiffer();
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      if (error.code === 'CONNECTION_LOST' || error.code === 'BUSY') return undefined;
      throw error.code === 'BAD_REQUEST' ? versionsDiffer() : error;
    } finally {
      clearTimeout(timer);
    }
  }

  /** Calls a method. Rejects as the engine does, or with the reason of `ended`. */
  async call<M extends ApiMethodName>(
    method: M,
    params: ApiParams<M>,
    { onProgress, signal }: CallOptions = {},
  ): Promise<ApiResult<M>> {
    const { id, answer } = this.#rpc.request(method, params);
    const slices: string[] = [];
    this.#calls.set(id, { onProgress, slices });
    const cancel = (): void => this.#notify('cancel', { call: id });
    if (signal?.aborted) cancel();
    else signal?.addEventListener('abort', cancel, { once: true });
    try {
      const result = await answer;
      // Both ends are of one version, so that this is what the method answers.
      return (slices.length === 0 ? result : joinSlices(slices)) as ApiResult<M>;
    } finally {
      signal?.removeEventListener('abort', cancel);
      this.#calls.delete(id);
    }
  }

  /** Hears of events until the answered function is called; all who listen hear of the scope that was asked for last. */
  events(listener: TimedEventListener, scope: EventScope): () => void {
    const own: TimedEventListener = (event, atMs) => listener(event, atMs);
    // When this fails the link has ended, and `ended` says so.
    this.#rpc.call('events', { scope }).catch(() => undefined);
    this.#listeners.add(own);
    return () => {
      const isLast = this.#listeners.delete(own) && this.#listeners.size === 0;
      if (isLast) this.#notify('eventsEnd', {});
    };
  }

  /** Has one listener hear when the engine's process is halted by Ctrl-Z, and when it goes on. */
  halts(listener: (isHalted: boolean) => void): void {
    this.#onHalted = listener;
  }

  /**
   * Hangs up: what still runs for this caller ends. With a reason nothing waits for the engine to say so.
   * Idempotent.
   */
  close(reason?: P2pError): void {
    if (reason !== undefined) {
      this.#rpc.close(reason);
      this.#ended.abort(reason);
    }
    this.#socket.destroy();
  }

  #onNotification(method: string, params: unknown): void {
    const message = decodeFromEngine(method, params);
    switch (message?.method) {
      case 'progress':
        // As for results: both ends are of one version.
        this.#calls
          .get(message.params.call)
          ?.onProgress?.(message.params.progress as unknown as Progress);
        return;
      case 'part':
        this.#calls.get(message.params.call)?.slices.push(message.params.text);
        return;
      case 'event':
        for (const listener of [...this.#listeners])
          listener(message.params.event as unknown as ClientEvent, message.params.atMs);
        return;
      case 'halted':
        this.#onHalted(message.params.isHalted);
        return;
      case 'moving':
        this.#isMoving = true;
        return this.#onMoving();
      case 'ending':
        if (this.#isMoving) return;
        this.#ended.abort(fromWireError(message.params.error));
        return;
      case undefined:
        return;
    }
  }

  #onClosed(): void {
    const lost = new TrackerError(
      'CONNECTION_LOST',
      'the client that carried out this command has ended; run the command again',
    );
    this.#rpc.close(lost);
    if (!this.#isMoving) this.#ended.abort(lost);
    this.#closed.resolve(undefined);
  }

  #notify<N extends keyof CallerNotifications>(name: N, params: CallerNotifications[N]): void {
    this.#rpc.notify(name, params);
  }
}

function isStuck(): TrackerError {
  const message = `the running client does not answer within ${HELLO_TIMEOUT_MS / 1000} s; stop it and try again`;
  return new TrackerError('TIMEOUT', message);
}
