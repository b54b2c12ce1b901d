/**
 * Counts the connections of a server from the first packet on, before TLS has said who comes:
 * bounds all of them and those that have not logged in, and closes what stays anonymous for
 * too long. Owns one timer per anonymous connection, and the sockets once the server stops.
 */
import type { Socket } from 'node:net';
import {
  ANONYMOUS_IDLE_MS,
  MAX_ANONYMOUS_CONNECTIONS,
  MAX_TRACKER_CONNECTIONS,
} from '../../net/limits.js';

/** The four numbers that name a connection; a TLS socket shares them with the one below it. */
interface Endpoints {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

interface Entry {
  readonly socket: Socket;
  /** Running while the connection is anonymous. */
  timer: NodeJS.Timeout | undefined;
}

export class ConnectionGate {
  readonly #entries = new Map<string, Entry>();
  #anonymousCount = 0;

  /** Takes a fresh connection in, or destroys it when there are too many. */
  enter(socket: Socket): void {
    const isFull =
      this.#anonymousCount >= MAX_ANONYMOUS_CONNECTIONS ||
      this.#entries.size >= MAX_TRACKER_CONNECTIONS;
    if (isFull || socket.remotePort === undefined) {
      socket.destroy();
      return;
    }
    const key = keyOf(socket);
    const entry: Entry = { socket, timer: undefined };
    this.#entries.set(key, entry);
    this.#becomeAnonymous(entry);
    socket.once('close', () => {
      this.#becomeKnown(entry);
      if (this.#entries.get(key) === entry) this.#entries.delete(key);
    });
  }

  /** A login began or ended on a connection. */
  onLoginChanged(endpoints: Endpoints, isLoggedIn: boolean): void {
    const entry = this.#entries.get(keyOf(endpoints));
    if (!entry || entry.socket.destroyed) return;
    this.#becomeKnown(entry);
    if (!isLoggedIn) this.#becomeAnonymous(entry);
  }

  /** Destroys every connection that is still there. */
  destroyAll(): void {
    for (const { socket } of this.#entries.values()) socket.destroy();
  }

  #becomeAnonymous(entry: Entry): void {
    this.#anonymousCount++;
    entry.timer = setTimeout(() => entry.socket.destroy(), ANONYMOUS_IDLE_MS).unref();
  }

  #becomeKnown(entry: Entry): void {
    if (entry.timer === undefined) return;
    clearTimeout(entry.timer);
    entry.timer = undefined;
    this.#anonymousCount--;
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Endpoints): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
