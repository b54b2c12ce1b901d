/**
 * The bookkeeping of one JSON-RPC 2.0 connection, whatever carries its texts: which of our
 * calls wait for an answer, and how many of the other side's requests are being worked on.
 * Used by both ends of the tracker link and of the control socket. It owns its timers; it
 * never owns the transport, and malformed input never makes it throw.
 */
import { detach } from './detach.js';
import { P2pError, toWireError, TrackerError } from './errors.js';
import {
  decodeMessage,
  encodeError,
  encodeNotification,
  encodeRequest,
  encodeResult,
  type RpcId,
  type RpcMessage,
} from './json-rpc-message.js';

export interface JsonRpcOptions {
  /** Puts one text on the transport; drops it when the transport is gone. Must not throw. */
  readonly send: (text: string) => void;
  /**
   * Works on a request; what it rejects with is the answer (an unforeseen error as INTERNAL).
   * `id` names the request in notifications about it.
   */
  readonly onRequest: (method: string, params: unknown, id: RpcId) => Promise<unknown>;
  /** Hears a notification. Must not throw. */
  readonly onNotification: (method: string, params: unknown) => void;
  /** Requests in progress, in each direction; one more is refused with BUSY. */
  readonly maxPending: number;
  /** Time for the answer to a call before it rejects with TIMEOUT; 0 waits for ever. */
  readonly requestTimeoutMs: number;
  /** Hears of a text that is no message, after it was answered. @default none */
  readonly onMalformed?: () => void;
  /** Hears of an error that no one foresaw, before it is answered as INTERNAL. @default none */
  readonly onUnforeseen?: (error: unknown) => void;
}

/** A call of ours that waits for its answer. */
interface PendingCall {
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: Error) => void;
  readonly timer: NodeJS.Timeout | undefined;
}

export class JsonRpcConnection {
  readonly #options: JsonRpcOptions;
  readonly #calls = new Map<RpcId, PendingCall>();
  #lastId = 0;
  /** Requests of the other side that are not answered yet. */
  #requestCount = 0;
  /** Set by `close`; from then on nothing is sent or reported. */
  #closedBy: P2pError | undefined;

  constructor(options: JsonRpcOptions) {
    this.#options = options;
  }

  /** Requests of the other side that are being worked on. */
  get workingCount(): number {
    return this.#requestCount;
  }

  /** True after `close`. */
  get isClosed(): boolean {
    return this.#closedBy !== undefined;
  }

  /**
   * Asks the other side. Rejects with its refusal (in the class of its code), with TIMEOUT, with BUSY
   * when too many calls wait already, or with the error given to `close`.
   */
  call(method: string, params: unknown): Promise<unknown> {
    return this.request(method, params).answer;
  }

  /** The same, with the id that names the request in notifications about it. */
  request(
    method: string,
    params: unknown,
  ): { readonly id: RpcId; readonly answer: Promise<unknown> } {
    const id = ++this.#lastId;
    return { id, answer: this.#ask(id, method, params) };
  }

  #ask(id: RpcId, method: string, params: unknown): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.#closedBy !== undefined) throw this.#closedBy;
      if (this.#calls.size >= this.#options.maxPending) {
        throw new TrackerError('BUSY', `too many requests are waiting for answers; try again`);
      }
      const text = encodeRequest(id, method, params);
      this.#calls.set(id, { resolve, reject, timer: this.#startTimer(id, method) });
      this.#options.send(text);
    });
  }

  /** Tells the other side something that needs no answer; dropped after `close`. */
  notify(method: string, params: unknown): void {
    if (!this.isClosed) this.#options.send(encodeNotification(method, params));
  }

  /** Takes one text from the transport. */
  receive(text: string): void {
    if (!this.isClosed) this.#dispatch(decodeMessage(text));
  }

  /** Rejects every waiting call with `error` and falls silent; further calls do nothing. */
  close(error: P2pError): void {
    if (this.isClosed) return;
    this.#closedBy = error;
    for (const id of [...this.#calls.keys()]) this.#settle(id)?.reject(error);
  }

  #dispatch(message: RpcMessage): void {
    switch (message.kind) {
      case 'request':
        return this.#onRequest(message.id, message.method, message.params);
      case 'notification':
        return this.#options.onNotification(message.method, message.params);
      case 'result':
        // No such call: it timed out, and its answer came after all.
        return this.#settle(message.id)?.resolve(message.result);
      case 'error':
        return this.#settle(message.id)?.reject(message.error);
      case 'malformed':
        this.#options.send(message.reply);
        return this.#options.onMalformed?.();
      case 'ignored':
        return;
    }
  }

  #onRequest(id: RpcId, method: string, params: unknown): void {
    if (this.#requestCount >= this.#options.maxPending) {
      const busy = `more than ${this.#options.maxPending} requests at a time; try again`;
      return this.#options.send(encodeError(id, { code: 'BUSY', message: busy }));
    }
    this.#requestCount++;
    detach(
      async () => {
        let text: string;
        try {
          text = encodeResult(id, await this.#options.onRequest(method, params, id));
        } catch (error) {
          text = this.#refusal(id, error);
        }
        this.#requestCount--;
        if (!this.isClosed) this.#options.send(text);
      },
      (error) => this.#options.onUnforeseen?.(error),
    );
  }

  #refusal(id: RpcId, error: unknown): string {
    if (!(error instanceof P2pError)) this.#options.onUnforeseen?.(error);
    const { retryAfterMs } = error instanceof TrackerError ? error : {};
    return encodeError(id, toWireError(error), retryAfterMs);
  }

  #startTimer(id: RpcId, method: string): NodeJS.Timeout | undefined {
    const { requestTimeoutMs } = this.#options;
    if (requestTimeoutMs === 0) return undefined;
    const timer = setTimeout(() => {
      const message = `no answer to ${method} within ${requestTimeoutMs / 1000} s; try again`;
      this.#settle(id)?.reject(new TrackerError('TIMEOUT', message));
    }, requestTimeoutMs);
    return timer.unref();
  }

  /** Takes a call off the table: whoever gets it settles it, so no call is settled twice. */
  #settle(id: RpcId): PendingCall | undefined {
    const call = this.#calls.get(id);
    if (call === undefined) return undefined;
    this.#calls.delete(id);
    clearTimeout(call.timer);
    return call;
  }
}
