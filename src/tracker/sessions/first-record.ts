/**
 * Waits for the first message of a fresh connection, so that one that says nothing costs nothing: whoever let it in
 * gives it its time. A connection that ends before, or says neither TLS nor, where there is one, the relay's opening, is
 * destroyed, and so is one that says more than a client has to say before it was answered, until TLS begins.
 */
import type { Socket } from 'node:net';
import { beginsRelay, RELAY_OPENING_BYTES } from '../../net/relay/relay-opening.js';

/** The head of a TLS record: its type, a version, the length of what follows. */
const HEAD_BYTES = 5;
const HANDSHAKE = 22;
/** Said before TLS begins: an honest first message has one or two thousand, in one record or in a few. */
const MOST_AWAITED_BYTES = 8 * 1024;

export interface FirstRecordEvents {
  /** The first message of a handshake is there, and still to be read; `endWait` is to be called before it is. */
  readonly onHandshake: (socket: Socket) => void;
  /** A connection wants the relay, and this opened it. @default such a one is none of ours */
  readonly onRelay?: ((socket: Socket, opening: Buffer) => void) | undefined;
}

/** Calls one of these, once, when the first message is there. */
export function awaitFirstRecord(socket: Socket, events: FirstRecordEvents): void {
  // A reset before TLS has its own listener: `close` follows, and whoever counts hears that.
  socket.on('error', leaveToClose);
  const first = new FirstRecord(socket, events.onRelay !== undefined);
  const onReadable = (): void => {
    if (!first.isThere()) return;
    socket.off('readable', onReadable);
    if (first.isRelay) return events.onRelay?.(socket, socket.read(RELAY_OPENING_BYTES) as Buffer);
    if (destroyTalkative(socket)) return;
    socket.on('readable', () => destroyTalkative(socket));
    events.onHandshake(socket);
  };
  socket.on('readable', onReadable);
}

/** It stays as long as the connection, so it must know nothing of its beginning. */
function leaveToClose(): void {
  // Nothing is left to be done.
}

/** From now on somebody else reads what a connection says. */
export function endWait(socket: Socket): void {
  socket.removeAllListeners('readable');
}

/** True when it has said so much that it is dropped. */
function destroyTalkative(socket: Socket): boolean {
  if (socket.readableLength <= MOST_AWAITED_BYTES) return false;
  socket.destroy();
  return true;
}

/** The first record of a connection, which is left where it can be read again. */
class FirstRecord {
  readonly #socket: Socket;
  readonly #mayBeRelay: boolean;
  #wanted = HEAD_BYTES;
  /** It wants the relay. */
  isRelay = false;

  constructor(socket: Socket, mayBeRelay: boolean) {
    this.#socket = socket;
    this.#mayBeRelay = mayBeRelay;
  }

  /** True once all of it has come; a connection that ends before, or says no TLS, is destroyed. */
  isThere(): boolean {
    if (this.#wanted === HEAD_BYTES && !this.#readHead()) return false;
    return this.#peek() !== undefined;
  }

  #readHead(): boolean {
    const head = this.#peek();
    if (!head) return false;
    if (this.#mayBeRelay && beginsRelay(head[0])) {
      this.isRelay = true;
      this.#wanted = RELAY_OPENING_BYTES;
      return true;
    }
    const length = head.readUInt16BE(3);
    if (head[0] !== HANDSHAKE || length === 0 || HEAD_BYTES + length > MOST_AWAITED_BYTES) {
      this.#socket.destroy();
      return false;
    }
    this.#wanted = HEAD_BYTES + length;
    return true;
  }

  #peek(): Buffer | undefined {
    const bytes = this.#socket.read(this.#wanted) as Buffer | null;
    if (bytes === null) return undefined;
    if (bytes.length < this.#wanted) {
      // Only after the end there are fewer.
      this.#socket.destroy();
      return undefined;
    }
    this.#socket.unshift(bytes);
    return bytes;
  }
}
