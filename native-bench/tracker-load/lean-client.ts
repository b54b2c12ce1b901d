/**
 * One client of a tracker under load: a connection, and the request on it that waits for its answer.
 * It reads no more of an answer than tells it from a push, so that it costs less than the tracker.
 * Lifecycle: open → closed, which is final.
 */
import { randomBytes } from 'node:crypto';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, type SecureContext, type TLSSocket } from 'node:tls';
import { FrameReader, Opcode, pongFrame, textFrame } from './frames.js';

export interface LeanOptions {
  readonly port: number;
  /** Where the client is seen. */
  readonly localAddress: string;
  readonly path: string;
  /** With its device key; undefined for a connection in the clear. */
  readonly secure: SecureContext | undefined;
  /** Hears of what nobody asked for. @default nobody */
  readonly onPush?: (payload: Buffer) => void;
  /** Hears the reason of the close, if there was one. */
  readonly onClosed: (reason: string) => void;
}

/** No answer came within the time that an attempt has. */
export class LateError extends Error {}

type OnAnswer = (isError: boolean, payload: Buffer) => void;

const HOST = '127.0.0.1';
const CONNECT_TIMEOUT_MS = 10_000;
const END_OF_HEAD = '\r\n\r\n';
/** An answer of the product begins with these bytes, then its id; a push with its method. */
const ANSWER_AT = '{"jsonrpc":"2.0","'.length;
const I = 'i'.charCodeAt(0);
/** So far an answer is looked at for a refusal. */
const LOOKED_AT = 60;
/** Bytes of the code before the reason of a close. */
const CLOSE_CODE_BYTES = 2;
const CLOSED = Buffer.from('the connection was closed');

export class LeanClient {
  readonly #socket: Socket;
  readonly #options: LeanOptions;
  #onAnswer: OnAnswer | undefined;
  #isClosed = false;
  #reason = '';

  private constructor(socket: Socket, options: LeanOptions) {
    this.#socket = socket;
    this.#options = options;
    const reader = new FrameReader((opcode, payload) => this.#onFrame(opcode, payload));
    socket.on('data', (chunk: Buffer) => reader.push(chunk));
    socket.once('close', () => {
      const isOurs = this.#isClosed;
      this.#isClosed = true;
      this.#answerWith(true, CLOSED);
      if (!isOurs) options.onClosed(this.#reason);
    });
  }

  /** Resolves when the WebSocket is open. */
  static open(options: LeanOptions): Promise<LeanClient> {
    return new Promise((resolve, reject) => {
      const socket = connected(options, () => {
        const key = randomBytes(16).toString('base64');
        socket.write(
          `GET ${options.path} HTTP/1.1\r\nHost: ${HOST}\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n` +
            `Sec-WebSocket-Key: ${key}\r\nSec-WebSocket-Version: 13\r\n\r\n`,
        );
      });
      const timer = setTimeout(
        () => socket.destroy(new LateError('10 s are over')),
        CONNECT_TIMEOUT_MS,
      );
      const onClose = (): void => {
        clearTimeout(timer);
        reject(new Error('the connection was closed before it was open'));
      };
      socket.once('close', onClose);
      socket.on('error', reject);
      let head = Buffer.alloc(0);
      const onHead = (chunk: Buffer): void => {
        head = Buffer.concat([head, chunk]);
        const end = head.indexOf(END_OF_HEAD);
        if (end === -1) return;
        clearTimeout(timer);
        socket.off('data', onHead);
        socket.off('close', onClose);
        const status = head.toString('latin1', 0, head.indexOf('\r\n'));
        if (!status.includes(' 101 ')) {
          socket.destroy();
          return reject(new Error(status));
        }
        const client = new LeanClient(socket, options);
        const rest = head.subarray(end + END_OF_HEAD.length);
        if (rest.length > 0) socket.unshift(rest);
        resolve(client);
      };
      socket.on('data', onHead);
    });
  }

  get isOpen(): boolean {
    return !this.#isClosed;
  }

  /** Asks; one request at a time. The end of the connection is the answer to what waits then, or comes later. */
  ask(text: string, onAnswer: OnAnswer): void {
    if (this.#isClosed) return onAnswer(true, CLOSED);
    this.#onAnswer = onAnswer;
    this.#socket.write(textFrame(text));
  }

  /** The answer as text. Rejects with a refusal. */
  answer(text: string): Promise<string> {
    return new Promise((resolve, reject) => {
      this.ask(text, (isError, payload) => {
        const answer = payload.toString('utf8');
        if (isError) reject(new Error(answer));
        else resolve(answer);
      });
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#socket.destroy();
  }

  #onFrame(opcode: number, payload: Buffer): void {
    if (opcode === Opcode.text) this.#onText(payload);
    else if (opcode === Opcode.ping) this.#socket.write(pongFrame(payload));
    else if (opcode === Opcode.close) {
      this.#reason = payload.toString('utf8', CLOSE_CODE_BYTES);
      this.#socket.destroy();
    }
  }

  #onText(payload: Buffer): void {
    const { secure, onPush } = this.#options;
    if (secure && payload[ANSWER_AT] !== I) return onPush?.(payload);
    const isError = secure
      ? payload.toString('latin1', 0, LOOKED_AT).includes(',"error":')
      : payload.includes('failure reason');
    this.#answerWith(isError, payload);
  }

  #answerWith(isError: boolean, payload: Buffer): void {
    const onAnswer = this.#onAnswer;
    this.#onAnswer = undefined;
    onAnswer?.(isError, payload);
  }
}

function connected(options: LeanOptions, onConnected: () => void): Socket | TLSSocket {
  const { port, localAddress, secure } = options;
  const raw = connectTcp({ host: HOST, port, localAddress, noDelay: true });
  if (!secure) return raw.once('connect', onConnected);
  raw.once('error', () => raw.destroy());
  return connectTls(
    { socket: raw, secureContext: secure, rejectUnauthorized: false, minVersion: 'TLSv1.3' },
    onConnected,
  );
}
