/**
 * The connections of guests: which have a place, and that each asks for one thing at a time. Whoever asks for more
 * before that is answered loses the connection: a few bytes would otherwise hold many files and buffers. Owns the
 * sockets, their places, and what each is asking for.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { CancelledError } from '../../net/errors.js';
import { networkOf } from '../../net/network-of.js';
import { GuestPlaces, type PlaceHolder } from './guest-places.js';

/** What is asked for over a connection. */
export interface Asking {
  readonly network: string;
  /** Aborted when the guest has gone; and by whoever ends it before. */
  readonly ending: AbortController;
  /** Link and password are good: nobody takes the place away. False when the network has too many of these. */
  readonly prove: () => boolean;
  /** It is answered. Idempotent. */
  readonly end: () => void;
}

export class GuestConnections {
  readonly #places = new GuestPlaces();
  /** Also those whose handshake is not done yet. */
  readonly #sockets = new Set<Socket>();
  /** By the two ends of the connection: what TLS makes of a socket is another object. */
  readonly #holders = new Map<string, PlaceHolder>();
  readonly #answers = new WeakMap<Socket, ServerResponse>();

  /** Somebody has connected. */
  open(socket: Socket): void {
    socket.on('error', () => undefined);
    const network = networkOf(socket.remoteAddress ?? '');
    const holder = { network, giveUp: () => void socket.destroy() };
    if (!this.#places.take(holder)) return void socket.destroy();
    const ends = endsOf(socket);
    this.#sockets.add(socket);
    this.#holders.set(ends, holder);
    socket.once('close', () => {
      this.#places.free(holder);
      this.#sockets.delete(socket);
      if (this.#holders.get(ends) === holder) this.#holders.delete(ends);
    });
  }

  /** Somebody asks for something; undefined when nothing is answered, because the connection has ended with it. */
  begin({ socket }: IncomingMessage, response: ServerResponse): Asking | undefined {
    if (socket.destroyed) return undefined;
    const holder = this.#holders.get(endsOf(socket));
    if (holder === undefined || this.#answers.get(socket)?.writableEnded === false) {
      socket.destroy();
      return undefined;
    }
    this.#answers.set(socket, response);
    const ending = new AbortController();
    const onClose = (): void => ending.abort(new CancelledError('the guest has gone'));
    socket.once('close', onClose);
    return {
      ...{ network: holder.network, ending },
      prove: () => this.#places.prove(holder),
      end: () => {
        socket.off('close', onClose);
        this.#places.lapse(holder);
      },
    };
  }

  /** Ends all of them. */
  close(): void {
    for (const socket of this.#sockets) socket.destroy();
  }
}

function endsOf({ remoteAddress, remotePort, localAddress }: Socket): string {
  return `${remoteAddress} ${remotePort} ${localAddress}`;
}
