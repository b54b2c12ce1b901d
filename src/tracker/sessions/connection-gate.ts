/**
 * Counts the connections of a server from the first packet on, before TLS has said who comes, and lets them into TLS
 * at the pace of the thread that serves everybody: one in each round of the event loop, networks in turn, because it
 * is public-key arithmetic. Whom it cannot take soon it tells to come back, before that costs anything. Who fills a
 * bound pays for it. Owns one timer per connection on which nobody is logged in, one while newcomers wait for places,
 * and the sockets once the server stops.
 *
 *   silent → waiting → entering ⇄ known       any → gone;       silent → known (over the relay)
 */
import type { Socket } from 'node:net';
import {
  ANONYMOUS_IDLE_MS,
  MAX_CONNECTIONS_PER_ADDRESS,
  MAX_NEWCOMER_WAIT_MS,
  MAX_SILENT_CONNECTIONS,
  MAX_SILENT_PER_ADDRESS,
  MAX_TRACKER_CONNECTIONS,
  NEWCOMER_LOOK_MS,
} from '../../net/limits.js';
import { networkOf } from '../../net/network-of.js';
import type { Clock } from '../clock.js';
import { endpointsKey, type Endpoints } from './endpoints.js';
import { Entering } from './entering.js';
import { HandshakeWindow } from './handshake-window.js';
import { WaitingRoom } from './waiting-room.js';

/** Times ANONYMOUS_IDLE_MS for a connection whose request is being worked on. */
const MAX_ENTERING_ROUNDS = 3;

/** What answers on a connection. */
interface Occupant {
  /** True while a request of the client is not answered: it may wait for its password. */
  readonly isWorking: boolean;
}

type Stage =
  /** Its first message is not there. */
  | { readonly name: 'silent'; readonly cancelTimer: () => void }
  /** For TLS. */
  | { readonly name: 'waiting'; readonly cancelTimer: () => void }
  /** In TLS or behind it; nobody is logged in. */
  | { readonly name: 'entering'; readonly cancelTimer: () => void }
  | { readonly name: 'known' }
  | { readonly name: 'gone' };

interface Entry {
  readonly socket: Socket;
  readonly key: string;
  readonly network: string;
  occupant: Occupant | undefined;
  stage: Stage;
}

/** The connections of one network. */
interface Party {
  count: number;
  /** The oldest first. */
  readonly silent: Set<Entry>;
}

export interface ConnectionGateOptions {
  readonly clock: Pick<Clock, 'delay' | 'steadyMs'>;
  /** Begins TLS on a connection. */
  readonly begin: (socket: Socket) => void;
  /** Tells a connection on which TLS has not begun to come back, and ends it. */
  readonly sendBack: (socket: Socket) => void;
  /** Hears of a connection of this network that was dropped because there were too many. */
  readonly onDropped: (network: string) => void;
  /** Hears of one that was told to come back. */
  readonly onSentBack: (network: string) => void;
}

export class ConnectionGate {
  readonly #options: ConnectionGateOptions;
  readonly #entries = new Map<string, Entry>();
  /** None without connections. */
  readonly #parties = new Map<string, Party>();
  readonly #waiting = new WaitingRoom<Entry>();
  readonly #entering = new Entering<Entry>(({ occupant }) => occupant?.isWorking === true);
  /** Of the entering, those on which nothing was asked. */
  readonly #handshakes = new HandshakeWindow<Entry>();
  #silentCount = 0;
  #anonymousCount = 0;
  /** A turn is taken in the next round of the event loop. */
  #isTurnDue = false;
  /** Running while somebody waits and nobody has a place to give. */
  #cancelLook: (() => void) | undefined;

  constructor(options: ConnectionGateOptions) {
    this.#options = options;
  }

  /**
   * Takes a fresh connection in, as one that has said nothing; destroys it, or an older one, when there are too many.
   * False when it is not in.
   */
  enter(socket: Socket): boolean {
    if (socket.remotePort === undefined) {
      socket.destroy();
      return false;
    }
    const network = networkOf(socket.remoteAddress ?? '');
    if (!this.#makeRoom(network)) {
      this.#options.onDropped(network);
      socket.destroy();
      return false;
    }
    const key = endpointsKey(socket);
    const cancelTimer = this.#later(ANONYMOUS_IDLE_MS, () => void socket.destroy());
    const stage = { name: 'silent', cancelTimer } as const;
    const entry: Entry = { socket, key, network, occupant: undefined, stage };
    this.#entries.set(key, entry);
    const party = this.#party(network);
    party.count++;
    party.silent.add(entry);
    this.#silentCount++;
    this.#anonymousCount++;
    socket.once('close', () => this.#toGone(entry));
    return true;
  }

  /** The first message of a handshake is there: it waits for its turn, or is told to come back. */
  onHandshake(endpoints: Endpoints): void {
    const entry = this.#entries.get(endpointsKey(endpoints));
    if (entry?.stage.name !== 'silent') return;
    if (!this.#waiting.take(entry.network, entry)) return this.#sendBack(entry);
    this.#leaveStage(entry);
    this.#anonymousCount++;
    const cancelTimer = this.#later(MAX_NEWCOMER_WAIT_MS, () => this.#sendBack(entry));
    entry.stage = { name: 'waiting', cancelTimer };
    this.#takeTurnSoon();
  }

  /** A session speaks on a connection from now on. */
  onOccupied(endpoints: Endpoints, occupant: Occupant): void {
    const entry = this.#entries.get(endpointsKey(endpoints));
    if (!entry) return;
    entry.occupant = occupant;
    this.#onHandshakeDone(entry);
  }

  /** Something is asked on a connection that is no session: a page. */
  onAsked(endpoints: Endpoints): void {
    const entry = this.#entries.get(endpointsKey(endpoints));
    if (entry) this.#onHandshakeDone(entry);
  }

  /** A login began or ended on a connection. */
  onLoginChanged(endpoints: Endpoints, isLoggedIn: boolean): void {
    const entry = this.#entries.get(endpointsKey(endpoints));
    if (!entry || entry.socket.destroyed) return;
    if (!isLoggedIn) return this.#toEntering(entry);
    this.#leaveStage(entry);
    entry.stage = { name: 'known' };
  }

  /** Connections; those of them on which nobody is logged in; those of these that wait for TLS. */
  counts(): { readonly all: number; readonly anonymous: number; readonly waiting: number } {
    return {
      all: this.#entries.size,
      anonymous: this.#anonymousCount,
      waiting: this.#waiting.size,
    };
  }

  /** Destroys every connection that is still there. */
  destroyAll(): void {
    for (const { socket } of this.#entries.values()) socket.destroy();
  }

  /** True when one more of this network may come in; drops others for it if need be. */
  #makeRoom(network: string): boolean {
    const party = this.#parties.get(network);
    if (party && party.silent.size >= MAX_SILENT_PER_ADDRESS) this.#dropOldestSilent(party);
    if (party && party.count >= MAX_CONNECTIONS_PER_ADDRESS) return false;
    if (this.#silentCount >= MAX_SILENT_CONNECTIONS) this.#dropOldestSilent(this.#mostSilent());
    if (this.#entries.size >= MAX_TRACKER_CONNECTIONS) this.#dropOldestSilent(this.#mostSilent());
    return this.#entries.size < MAX_TRACKER_CONNECTIONS;
  }

  #dropOldestSilent(party: Party | undefined): void {
    const oldest = party?.silent.values().next().value;
    if (oldest) this.#drop(oldest);
  }

  #drop(entry: Entry): void {
    this.#options.onDropped(entry.network);
    // Taken off the tables now: the event comes a moment later.
    this.#toGone(entry);
    entry.socket.destroy();
  }

  #sendBack(entry: Entry): void {
    this.#options.onSentBack(entry.network);
    this.#toGone(entry);
    this.#options.sendBack(entry.socket);
  }

  /** The network of which most have said nothing. */
  #mostSilent(): Party | undefined {
    let found: Party | undefined;
    for (const party of this.#parties.values()) {
      if (party.silent.size > (found?.silent.size ?? 0)) found = party;
    }
    return found;
  }

  #takeTurnSoon(): void {
    if (this.#isTurnDue) return;
    this.#isTurnDue = true;
    setImmediate(() => {
      this.#isTurnDue = false;
      this.#takeTurn();
    });
  }

  /** Begins TLS for whose turn it is; answers of others come between that and the next turn. */
  #takeTurn(): void {
    this.#stopLooking();
    const next = this.#next();
    // Of one that has just ended, the event comes a moment later.
    if (next?.socket.destroyed === true) this.#toGone(next);
    else if (next) this.#begin(next);
    if (this.#waiting.size === 0) return;
    if (next) this.#takeTurnSoon();
    else this.#cancelLook = this.#later(NEWCOMER_LOOK_MS, () => this.#takeTurn());
  }

  #next(): Entry | undefined {
    const nowMs = this.#options.clock.steadyMs();
    const isShut = this.#entering.isFull(nowMs) || this.#handshakes.isFull(nowMs);
    if (!isShut) return this.#waiting.next((network) => this.#hasPlace(network, nowMs), nowMs);
    this.#waiting.pause();
    return undefined;
  }

  #onHandshakeDone(entry: Entry): void {
    this.#handshakes.done(entry, this.#options.clock.steadyMs());
    if (this.#waiting.size > 0) this.#takeTurnSoon();
  }

  #begin(entry: Entry): void {
    this.#toEntering(entry);
    this.#handshakes.begin(entry.network, entry, this.#options.clock.steadyMs());
    this.#options.begin(entry.socket);
  }

  #stopLooking(): void {
    this.#cancelLook?.();
    this.#cancelLook = undefined;
  }

  /** Whether one more of a network may begin; drops who has to give its place to it. */
  #hasPlace(network: string, nowMs: number): boolean {
    if (!this.#handshakes.hasRoom(network)) return false;
    if (this.#entering.hasRoom(network)) return true;
    const yielding = this.#entering.whoYields(network, nowMs);
    if (!yielding) return false;
    this.#drop(yielding);
    return this.#entering.hasRoom(network);
  }

  #toEntering(entry: Entry): void {
    this.#leaveStage(entry);
    this.#anonymousCount++;
    this.#entering.add(entry.network, entry, this.#options.clock.steadyMs());
    this.#allowTime(entry, 1);
  }

  /** Who waits for the answer to a login may wait longer, but not for ever. */
  #allowTime(entry: Entry, round: number): void {
    const cancelTimer = this.#later(ANONYMOUS_IDLE_MS, () => {
      const mayStay = entry.occupant?.isWorking === true && round < MAX_ENTERING_ROUNDS;
      if (mayStay) this.#allowTime(entry, round + 1);
      else entry.socket.destroy();
    });
    entry.stage = { name: 'entering', cancelTimer };
  }

  #toGone(entry: Entry): void {
    if (entry.stage.name === 'gone') return;
    this.#leaveStage(entry);
    entry.stage = { name: 'gone' };
    // A new connection may have the same four numbers before this one's end is heard of.
    if (this.#entries.get(entry.key) === entry) this.#entries.delete(entry.key);
    const party = this.#party(entry.network);
    party.count--;
    if (party.count === 0) this.#parties.delete(entry.network);
  }

  /** Takes a connection out of what its stage holds; the caller gives it another one at once. */
  #leaveStage(entry: Entry): void {
    const { stage, network } = entry;
    if (stage.name === 'known' || stage.name === 'gone') return;
    stage.cancelTimer();
    this.#anonymousCount--;
    switch (stage.name) {
      case 'silent':
        this.#silentCount--;
        this.#party(network).silent.delete(entry);
        return;
      case 'waiting':
        this.#waiting.remove(network, entry);
        if (this.#waiting.size === 0) this.#stopLooking();
        return;
      case 'entering':
        this.#entering.remove(network, entry);
        this.#handshakes.remove(entry);
        if (this.#waiting.size > 0) this.#takeTurnSoon();
    }
  }

  #party(network: string): Party {
    const present = this.#parties.get(network);
    if (present) return present;
    const party = { count: 0, silent: new Set<Entry>() };
    this.#parties.set(network, party);
    return party;
  }

  #later(ms: number, callback: () => void): () => void {
    return this.#options.clock.delay(callback, ms);
  }
}
