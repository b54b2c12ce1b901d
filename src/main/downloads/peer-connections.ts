/**
 * The connections on which this client downloads. A session of a download has one for itself
 * while it lasts; afterwards the connection stays for a few seconds, with its ticket proven,
 * so that the next file from the same device in the same group need not be dialled for.
 * Owns the tasks of all connections; what is said about a file goes to the session that has it.
 *
 *   dialling → in use → idle → in use → … → ended
 */
import { trafficClassOf, type TrafficBytes, type TrafficClass } from '../../net/traffic.js';
import { MeteredTraffic } from '../swarm/metered-traffic.js';
import { deferred, type Deferred } from '../../net/deferred.js';
import { crashOnBug } from '../../net/detach.js';
import type { WireError } from '../../net/errors.js';
import {
  MAX_CONNECTIONS_FOR_FURTHER,
  MAX_CONNECTIONS_PER_FAR_PEER,
  MAX_CONNECTIONS_PER_PEER,
  MAX_IDLE_PEER_CONNECTIONS,
} from '../../net/limits.js';
import { nameHash } from '../../net/name-hash.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import type {
  GuessedFile,
  MainToPeerSession,
  NameQuestion,
  PeerSessionToMain,
} from '../../workers/messages/peer-session.js';
import type { TaskOutcome } from '../../workers/messages/thread.js';
import type { RunningTask } from '../threads/transfer-pool.js';
import { ConnectionOpener } from './connection-opener.js';
import {
  messageOf,
  type AskedAhead,
  type ConnectionKind,
  type ConnectionOptions,
  type FetchedFile,
  type FileMessage,
  type FileOrder,
} from './connection-types.js';
import { EarlyOrders } from './early-orders.js';
import type { SilentPeer } from './silent-ways.js';
import { LiveConnections } from './live-connections.js';

export type { ConnectionOptions, FetchedFile, FileMessage, FileOrder };

type WantedFile = Pick<FetchedFile, 'groupId' | 'name' | 'fileId'>;

/** One session's use of a connection, for one file. */
interface Lease {
  readonly file: FetchedFile;
  readonly peer: OnlinePeer;
  readonly kind: ConnectionKind;
  readonly onMessage: (message: FileMessage) => void;
  readonly settled: Deferred<TaskOutcome>;
  connection: Connection;
  /**
   * What it was ordered on a used connection that has not opened the file yet: that may have died while it
   * idled. Undefined once it has opened it, and on any other.
   */
  untried: EarlyOrders | undefined;
  /** The session has let go, or was told the end. */
  isOver: boolean;
}

interface Connection {
  readonly groupId: string;
  readonly deviceId: string;
  readonly task: RunningTask<MainToPeerSession>;
  lease: Lease | undefined;
  /** Dialled before anything was wanted of the device, which has not answered yet: whoever wants something dials. */
  isAhead: boolean;
  /** What was asked of the device before any file was wanted of it; undefined once one is. */
  early: 'untouched' | AskedAhead | undefined;
  /** Hears that the device has named another file than the tracker. */
  readonly onMistaken?: () => void;
  /** The way that its bytes go; known once it has proven where. */
  traffic: TrafficClass;
}

export class PeerConnections {
  readonly #options: ConnectionOptions;
  readonly #opener: ConnectionOpener;
  readonly #connections = new LiveConnections<Connection>();
  /** Hear that more may be dialled: a device has proven its key at an address, or the network is another. */
  readonly #proofListeners = new Set<(isOtherNetwork: boolean) => void>();
  readonly #traffic = new MeteredTraffic();

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#opener = new ConnectionOpener(options);
  }

  /** As many connections can work at a time, each in a thread of its own. */
  get threadCount(): number {
    return this.#options.pool().threadCount;
  }

  /** The same by the way they came. */
  get received(): TrafficBytes {
    return this.#traffic.bytes;
  }

  /** How fast they come just now. */
  get receivedBytesPerSecond(): TrafficBytes {
    return this.#traffic.bytesPerSecond;
  }

  /** Bytes of blocks that have come in so far, over all connections. */
  get receivedBytes(): number {
    return this.#traffic.total;
  }

  /** Connections that wait for a file. */
  get idleCount(): number {
    return this.#connections.idleCount;
  }

  /**
   * True when a session with this peer may be started now: on an idle connection, or at an address
   * that may be dialled, or by a call.
   */
  mayStart(file: WantedFile, peer: OnlinePeer, kind: ConnectionKind): boolean {
    const its = [...this.#connections].filter(
      ({ deviceId, isAhead }) => deviceId === peer.deviceId && !isAhead,
    );
    if (its.some((one) => this.#connections.isIdle(one) && isFor(one, file))) return true;
    if (kind !== 'first' && its.length >= MAX_CONNECTIONS_FOR_FURTHER) return false;
    if (this.#options.rules.permitted(peer).length > 0) return true;
    // A call costs others something: nobody is called because a thread is idle.
    const most = { first: MAX_CONNECTIONS_PER_PEER, further: 0, far: MAX_CONNECTIONS_PER_FAR_PEER };
    return its.length < most[kind] && (this.#options.late?.isThere(peer) ?? false);
  }

  /**
   * Calls back when peers may be dialled that might not before, until that is taken back; `isOtherNetwork`
   * when that is because this machine has other addresses, so that connections may be dead.
   */
  onProof(listener: (isOtherNetwork: boolean) => void): () => void {
    this.#proofListeners.add(listener);
    return () => this.#proofListeners.delete(listener);
  }

  /**
   * Starts a session for one file, on an idle connection if there is one. `onMessage` hears
   * `ended` last; `settled` resolves when no thread knows the content any more.
   */
  start(
    file: FetchedFile,
    peer: OnlinePeer,
    onMessage: (message: FileMessage) => void,
    kind: ConnectionKind = 'first',
  ): RunningTask<FileOrder> {
    const found = this.#takeIdle(file, peer.deviceId);
    const lease: Lease = {
      file,
      peer,
      kind,
      onMessage,
      settled: deferred(),
      connection: found ?? this.#dial(file, peer, kind),
      untried: found && new EarlyOrders(),
      isOver: false,
    };
    lease.connection.lease = lease;
    if (found) {
      const ticket = this.#opener.ticketFor(file.groupId);
      found.task.post({ type: 'open', file: messageOf(file), ticket });
    }
    return {
      post: (message) => this.#onOrder(lease, message),
      settled: lease.settled.promise,
    };
  }

  /**
   * Dials a device of which nothing is wanted yet, until there are so many connections; each is there for the first
   * file like one that idles. Not when one is there that was asked for something; only under TLS, where it is known
   * at once who answers. `onFailed` hears when nobody does, or says of a name what is not so.
   */
  dialAhead(groupId: string, peer: OnlinePeer, count: number, onFailed: () => void): void {
    // Where one stands, the next file finds it.
    const its = [...this.#connections].filter(({ deviceId }) => deviceId === peer.deviceId);
    if (this.#connections.isClosed || its.some(({ early }) => early !== 'untouched')) return;
    for (let there = its.length; there < count; there++) {
      const task = this.#opener.openAhead(groupId, peer, (message) => {
        if (message.type === 'ended' && connection.isAhead) onFailed();
        this.#onMessage(connection, message);
      });
      if (!task) return;
      const { deviceId } = peer;
      const connection: Connection = {
        ...{ groupId, deviceId, task, lease: undefined },
        ...{ isAhead: true, early: 'untouched', traffic: 'wan', onMistaken: onFailed },
      };
      this.#add(connection);
    }
  }

  /** Whether a device answers where it has proven its key: one handshake, and nothing is said. */
  lookAt(peer: SilentPeer, calledOff: AbortSignal): Promise<boolean> {
    return this.#opener.lookAt(peer, calledOff);
  }

  /** How many connections were dialled ahead to a device on which nothing was asked of it. */
  untouchedTo(groupId: string, deviceId: string): number {
    return this.#untouched(groupId, deviceId).length;
  }

  /**
   * It is likely that this file will be wanted: asks for these pieces of it on as many connections that were dialled
   * ahead. They serve that file and no other.
   */
  guess(
    groupId: string,
    deviceId: string,
    { file, ticket }: { readonly file: GuessedFile; readonly ticket: Uint8Array },
    pieces: readonly (readonly number[])[],
  ): void {
    const untouched = this.#untouched(groupId, deviceId);
    pieces.slice(0, untouched.length).forEach((its, number) => {
      const connection = untouched[number]!;
      connection.early = file;
      connection.task.post({ type: 'guess', file, pieces: its, ticket });
    });
  }

  /** The same of whatever file has this name: each connection asks for one part of it. */
  find(
    groupId: string,
    deviceId: string,
    { name, ticket }: { readonly name: string; readonly ticket: Uint8Array },
    parts: readonly Omit<NameQuestion, 'nameHash'>[],
  ): void {
    const untouched = this.#untouched(groupId, deviceId);
    const hash = nameHash(groupId, name);
    parts.slice(0, untouched.length).forEach((part, number) => {
      const connection = untouched[number]!;
      connection.early = { name, begun: false };
      connection.task.post({ type: 'find', question: { nameHash: hash, ...part }, ticket });
    });
  }

  /** A fresh ticket for a group: the serving peers must see it in time. */
  onTicket(groupId: string, ticket: Uint8Array): void {
    for (const { lease, groupId: its } of this.#connections) {
      if (lease && its === groupId) this.#onOrder(lease, { type: 'ticket', ticket });
    }
  }

  /** Ends the idle connections of a group: this user is no longer in it. */
  closeGroup(groupId: string): void {
    for (const connection of this.#connections) {
      const isIts = connection.groupId === groupId;
      if (isIts && !connection.lease) this.#connections.close(connection);
    }
  }

  /** This machine has other addresses. */
  onNetworkChanged(): void {
    this.#options.rules.onNetworkChanged();
    // Nobody would notice that such a one is dead before the next file needs it.
    this.closeIdle();
    for (const listener of [...this.#proofListeners]) listener(true);
  }

  /** Ends the idle connections: the user has logged out. */
  closeIdle(): void {
    for (const one of this.#connections) if (!one.lease) this.#connections.close(one);
  }

  /** Ends every connection, and keeps none any more. Idempotent. */
  close(): void {
    this.#connections.closeAll();
  }

  #untouched(groupId: string, deviceId: string): Connection[] {
    return [...this.#connections].filter(
      (one) =>
        one.groupId === groupId &&
        one.deviceId === deviceId &&
        one.early === 'untouched' &&
        !this.#connections.isClosing(one),
    );
  }

  /**
   * One on which the file was guessed before any other. Where another one was guessed, another download may want
   * that; else it ends as any connection that idles.
   */
  #takeIdle(file: WantedFile, deviceId: string): Connection | undefined {
    const idle = [...this.#connections]
      .reverse()
      .filter((one) => one.deviceId === deviceId && this.#connections.isIdle(one));
    const fitting = idle.filter((one) => isFor(one, file));
    const asked = fitting.filter(({ early }) => typeof early === 'object');
    const found = asked.find(({ early }) => hasBegun(early)) ?? asked[0] ?? fitting[0];
    if (!found) return undefined;
    found.early = undefined;
    this.#connections.onInUse(found);
    return found;
  }

  #dial(file: FetchedFile, peer: OnlinePeer, kind: ConnectionKind): Connection {
    const { groupId } = file;
    const { deviceId } = peer;
    const isFirst = [...this.#connections].every((one) => one.deviceId !== deviceId || one.isAhead);
    const task = this.#opener.open(file, peer, { kind, isFirst }, (message) =>
      this.#onMessage(connection, message),
    );
    const connection: Connection = {
      ...{ groupId, deviceId, task, lease: undefined },
      ...{ isAhead: false, early: undefined, traffic: 'wan' },
    };
    return this.#add(connection);
  }

  #add(connection: Connection): Connection {
    this.#connections.add(connection);
    // A thread that crashed says nothing more. Without a session to hear it nobody would, and nobody has to hear
    // that the system has no room for a thread: whoever needs one next is told.
    connection.task.settled.catch((failure: Error) => {
      this.#connections.forget(connection);
      if (connection.lease) connection.lease.settled.reject(failure);
      else crashOnBug(failure);
    });
    return connection;
  }

  #onOrder(lease: Lease, message: FileOrder): void {
    if (lease.isOver) return;
    // From here on the session wants the end, so a fresh dial would be in vain.
    if (message.type === 'release' || message.type === 'close') lease.untried = undefined;
    lease.untried?.onOrder(message);
    if (message.type === 'release') lease.isOver = true;
    lease.connection.task.post(message);
  }

  #onMessage(connection: Connection, message: PeerSessionToMain): void {
    const { lease } = connection;
    switch (message.type) {
      case 'released':
        connection.lease = undefined;
        if (lease) this.#end(lease, message.error, { ok: true });
        return;
      case 'idle':
        this.#onIdle(connection);
        return;
      case 'proven':
        connection.traffic = trafficClassOf(message.address.host, undefined);
        this.#onProven(connection, message.address);
        if (!connection.isAhead) return;
        connection.isAhead = false;
        this.#onIdle(connection);
        return;
      case 'found':
        if (typeof connection.early === 'object' && 'name' in connection.early)
          connection.early = { ...connection.early, begun: true };
        return;
      case 'unasked':
        connection.early = undefined;
        return;
      case 'ended':
        if (message.proven) this.#onProven(connection, message.proven);
        this.#onEnded(connection, message.error);
        return;
      case 'ready':
        connection.traffic = trafficClassOf(message.address.host, message.way);
        this.#options.rules.onUndialled(message.undialled ?? [], connection.deviceId);
        // Where somebody came from is no place to dial.
        if (!message.way) this.#onProven(connection, message.address);
        if (!message.way && lease) this.#options.onMet?.(lease.file.groupId, lease.peer, message);
        if (lease) lease.untried = undefined;
        lease?.onMessage(message);
        return;
      case 'returned':
      case 'verified':
      case 'bad':
        lease?.untried?.onAnswer(message);
        lease?.onMessage(message);
        return;
      case 'received':
        this.#traffic.add(connection.traffic, message.bytes);
        lease?.onMessage(message);
        return;
      default:
        lease?.onMessage(message);
    }
  }

  #onProven({ deviceId }: Connection, address: PeerAddress): void {
    if (!this.#options.rules.onProven(address, deviceId)) return;
    for (const listener of [...this.#proofListeners]) listener(false);
  }

  #onIdle(connection: Connection): void {
    this.#connections.onIdle(connection);
    if (this.idleCount <= MAX_IDLE_PEER_CONNECTIONS) return;
    for (const oldest of this.#connections) {
      if (this.#connections.isIdle(oldest)) return this.#connections.close(oldest);
    }
  }

  #onEnded(connection: Connection, error: WireError | undefined): void {
    this.#connections.forget(connection);
    const { lease } = connection;
    connection.lease = undefined;
    if (!lease) return;
    const isMistaken = error?.code === 'PIECE_MISMATCH';
    if (isMistaken) connection.onMistaken?.();
    if (lease.untried && !isMistaken && !this.#connections.isClosed) {
      // The thread has ended this connection, so it knows the content no more.
      this.#beginAnew(lease, lease.untried);
      return;
    }
    lease.isOver = true;
    lease.onMessage({ type: 'ended', error });
    connection.task.settled.then(
      (outcome) => lease.settled.resolve(outcome),
      (crash: Error) => lease.settled.reject(crash),
    );
  }

  #beginAnew(lease: Lease, ordered: EarlyOrders): void {
    lease.untried = undefined;
    lease.connection = this.#dial(lease.file, lease.peer, lease.kind);
    lease.connection.lease = lease;
    const { pieces } = ordered;
    if (pieces.length > 0) lease.connection.task.post({ type: 'fetch', pieces });
    const cancelled = ordered.takeCancelled();
    if (cancelled.length > 0)
      lease.onMessage({ type: 'returned', pieces: cancelled, rejected: false });
  }

  #end(lease: Lease, error: WireError | undefined, outcome: TaskOutcome): void {
    lease.isOver = true;
    lease.settled.resolve(outcome);
    lease.onMessage({ type: 'ended', error });
  }
}

/** It has no file, and may be handed this one. */
function isFor(connection: Connection, file: WantedFile): boolean {
  return connection.groupId === file.groupId && !isGuessOfOther(connection, file);
}

/** Something of it is on its way. */
function hasBegun(early: Connection['early']): boolean {
  return typeof early === 'object' && (!('name' in early) || early.begun);
}

/** Something else was asked for than is wanted. */
function isGuessOfOther({ groupId, early }: Connection, file: WantedFile): boolean {
  if (groupId !== file.groupId || typeof early !== 'object') return false;
  return 'name' in early ? early.name !== file.name : early.fileId !== file.fileId;
}
