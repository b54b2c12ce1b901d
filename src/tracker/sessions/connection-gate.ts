/**
 * Counts the connections of a server from the first packet on, before TLS has said who comes: all
 * of them, those of an address, and those that have not logged in, which are let go after a short
 * while. Where there are too many of these, the oldest of the address that has most goes, so who
 * fills the bound pays for it. Owns one timer per anonymous connection, and the sockets once the
 * server stops.
 */
import type { Socket } from 'node:net';
import {
  ANONYMOUS_IDLE_MS,
  MAX_ANONYMOUS_CONNECTIONS,
  MAX_ANONYMOUS_PER_ADDRESS,
  MAX_CONNECTIONS_PER_ADDRESS,
  MAX_TRACKER_CONNECTIONS,
} from '../../net/limits.js';
import { networkOf } from '../../net/network-of.js';
import type { Clock } from '../clock.js';

/** Times ANONYMOUS_IDLE_MS for a connection whose request is being worked on. */
const MAX_ANONYMOUS_ROUNDS = 3;

/** The four numbers that name a connection; a TLS socket shares them with the one below it. */
interface Endpoints {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/** What answers on a connection. */
interface Occupant {
  /** True while a request of the client is not answered: it may wait for its password. */
  readonly isWorking: boolean;
}

interface Entry {
  readonly socket: Socket;
  readonly key: string;
  readonly network: string;
  occupant: Occupant | undefined;
  isGone: boolean;
  /** Running while the connection is anonymous. */
  cancelTimer: (() => void) | undefined;
}

/** The connections of one network. */
interface Party {
  count: number;
  /** Those that have not logged in, the oldest first. */
  readonly anonymous: Set<Entry>;
}

export interface ConnectionGateOptions {
  readonly clock: Pick<Clock, 'delay'>;
  /** Hears of a connection of this network that was dropped because there were too many. */
  readonly onDropped: (network: string) => void;
}

export class ConnectionGate {
  readonly #options: ConnectionGateOptions;
  readonly #entries = new Map<string, Entry>();
  /** None without connections. */
  readonly #parties = new Map<string, Party>();
  #anonymousCount = 0;

  constructor(options: ConnectionGateOptions) {
    this.#options = options;
  }

  /**
   * Takes a fresh connection in; destroys it, or an older one, when there are too many. Answers its
   * network when it is in.
   */
  enter(socket: Socket): string | undefined {
    if (socket.remotePort === undefined) {
      socket.destroy();
      return undefined;
    }
    const network = networkOf(socket.remoteAddress ?? '');
    if (!this.#makeRoom(network)) {
      this.#options.onDropped(network);
      socket.destroy();
      return undefined;
    }
    const key = keyOf(socket);
    const state = { occupant: undefined, isGone: false, cancelTimer: undefined };
    const entry: Entry = { socket, key, network, ...state };
    this.#entries.set(key, entry);
    this.#party(network).count++;
    this.#becomeAnonymous(entry);
    socket.once('close', () => this.#onClosed(entry));
    return network;
  }

  /** A session speaks on a connection from now on. */
  onOccupied(endpoints: Endpoints, occupant: Occupant): void {
    const entry = this.#entries.get(keyOf(endpoints));
    if (entry) entry.occupant = occupant;
  }

  /** A login began or ended on a connection. */
  onLoginChanged(endpoints: Endpoints, isLoggedIn: boolean): void {
    const entry = this.#entries.get(keyOf(endpoints));
    if (!entry || entry.socket.destroyed) return;
    this.#becomeKnown(entry);
    if (!isLoggedIn) this.#becomeAnonymous(entry);
  }

  /** Connections, and those of them on which nobody is logged in. */
  counts(): { readonly all: number; readonly anonymous: number } {
    return { all: this.#entries.size, anonymous: this.#anonymousCount };
  }

  /** Destroys every connection that is still there. */
  destroyAll(): void {
    for (const { socket } of this.#entries.values()) socket.destroy();
  }

  /** True when one more of this network may come in; drops others for it if need be. */
  #makeRoom(network: string): boolean {
    const party = this.#parties.get(network);
    if (party && party.anonymous.size >= MAX_ANONYMOUS_PER_ADDRESS) this.#dropOldest(party);
    if (party && party.count >= MAX_CONNECTIONS_PER_ADDRESS) return false;
    if (this.#anonymousCount >= MAX_ANONYMOUS_CONNECTIONS) this.#dropOldest(this.#busiest());
    if (this.#entries.size >= MAX_TRACKER_CONNECTIONS) this.#dropOldest(this.#busiest());
    return this.#entries.size < MAX_TRACKER_CONNECTIONS;
  }

  #dropOldest(party: Party | undefined): void {
    const oldest = party?.anonymous.values().next().value;
    if (!oldest) return;
    this.#options.onDropped(oldest.network);
    // Taken off the tables now: the event comes a moment later.
    this.#onClosed(oldest);
    oldest.socket.destroy();
  }

  /** Of those with anonymous connections, the network that has most of them. */
  #busiest(): Party | undefined {
    let found: Party | undefined;
    for (const party of this.#parties.values()) {
      if (party.anonymous.size > (found?.anonymous.size ?? 0)) found = party;
    }
    return found;
  }

  #onClosed(entry: Entry): void {
    if (entry.isGone) return;
    entry.isGone = true;
    this.#becomeKnown(entry);
    // A new connection may have the same four numbers before this one's end is heard of.
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    const party = this.#party(entry.network);
    party.count--;
    if (party.count === 0) this.#parties.delete(entry.network);
  }

  #party(network: string): Party {
    const present = this.#parties.get(network);
    if (present) return present;
    const party = { count: 0, anonymous: new Set<Entry>() };
    this.#parties.set(network, party);
    return party;
  }

  #becomeAnonymous(entry: Entry): void {
    this.#anonymousCount++;
    this.#party(entry.network).anonymous.add(entry);
    this.#allowTime(entry, 1);
  }

  /** Who waits for the answer to a login may wait longer, but not for ever. */
  #allowTime(entry: Entry, round: number): void {
    const { delay } = this.#options.clock;
    entry.cancelTimer = delay(() => {
      const mayStay = entry.occupant?.isWorking === true && round < MAX_ANONYMOUS_ROUNDS;
      if (mayStay) this.#allowTime(entry, round + 1);
      else entry.socket.destroy();
    }, ANONYMOUS_IDLE_MS);
  }

  #becomeKnown(entry: Entry): void {
    if (entry.cancelTimer === undefined) return;
    entry.cancelTimer();
    entry.cancelTimer = undefined;
    this.#party(entry.network).anonymous.delete(entry);
    this.#anonymousCount--;
  }
}

function keyOf({ remoteAddress, remotePort, localAddress, localPort }: Endpoints): string {
  return `${remoteAddress} ${remotePort} ${localAddress} ${localPort}`;
}
