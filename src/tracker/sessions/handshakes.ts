/**
 * Begins TLS on fresh connections: once the first message of the other side is there, and one in each
 * round of the event loop, because it costs public-key arithmetic of the thread that serves everybody.
 * Networks take turns. A connection that says nothing costs nothing here; whoever lets it in gives it its
 * time. Owns the connections that wait, until they are begun or gone.
 */
import type { Socket } from 'node:net';
import { beginsRelay, RELAY_OPENING_BYTES } from '../../net/relay/relay-opening.js';
import { FairQueue } from '../fair-queue.js';

/** The head of a TLS record: its type, a version, the length of what follows. */
const HEAD_BYTES = 5;
const HANDSHAKE = 22;
/** A first message that is longer is begun as soon as so much of it is there: no honest one is. */
const MOST_AWAITED_BYTES = 8 * 1024;

/** Takes a connection for the relay, and what opened it. */
export type RelayEntry = (socket: Socket, opening: Buffer) => void;

export class Handshakes {
  readonly #begin: (socket: Socket) => void;
  readonly #onRelay: RelayEntry | undefined;
  readonly #ready = new FairQueue<Socket>();
  #isScheduled = false;

  /**
   * `begin` wraps a connection in TLS; what was read of it so far is still to be read. `onRelay` gets those
   * that want the relay; without it they are none of ours.
   */
  constructor(begin: (socket: Socket) => void, onRelay?: RelayEntry) {
    this.#begin = begin;
    this.#onRelay = onRelay;
  }

  /** Connections whose first message is there, and that wait for TLS. */
  get waiting(): number {
    return this.#ready.size;
  }

  /** Takes in a fresh connection of a network. */
  await(socket: Socket, network: string): void {
    // A reset before TLS has its own listener: `close` follows, and whoever counts hears that.
    socket.on('error', () => undefined);
    const first = new FirstRecord(socket, this.#onRelay !== undefined);
    const onReadable = (): void => {
      if (!first.isThere()) return;
      socket.off('readable', onReadable);
      if (first.isRelay) return this.#onRelay?.(socket, socket.read(RELAY_OPENING_BYTES) as Buffer);
      this.#ready.push(network, socket);
      this.#beginSoon();
    };
    socket.on('readable', onReadable);
  }

  #beginSoon(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    setImmediate(() => {
      this.#isScheduled = false;
      this.#beginNext();
      if (this.#ready.size > 0) this.#beginSoon();
    });
  }

  #beginNext(): void {
    for (let next = this.#ready.shift(); next; next = this.#ready.shift()) {
      if (!next.destroyed) return this.#begin(next);
    }
  }
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
    if (head[0] !== HANDSHAKE) {
      this.#socket.destroy();
      return false;
    }
    this.#wanted = Math.min(HEAD_BYTES + head.readUInt16BE(3), MOST_AWAITED_BYTES);
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
