/**
 * Small files that are fetched together: a connection to a peer opens many of them at a time, and a
 * transfer thread makes each as a whole, so that a file costs no message and no call of its own to the
 * disk here. Owns those connections and which file was handed to which of them. What does not go
 * smoothly is fetched in the ordinary way, a bounded number at a time; nothing is tried twice here.
 *
 *   a file: waiting (for this turn's others) → handed to a connection → whole | alone
 *   a connection: dialled → in use → idle → in use → … → ended
 */
import { trafficClassOf, type TrafficBytes, type TrafficClass } from '../../net/traffic.js';
import { MeteredTraffic } from '../swarm/metered-traffic.js';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { crash, detach } from '../../net/detach.js';
import { deferred, type Deferred } from '../../net/deferred.js';
import { P2pError } from '../../net/errors.js';
import {
  MAX_FILES_PER_SESSION,
  MAX_PARCEL_CONNECTIONS,
  MAX_PARCEL_GRUDGES,
  MIN_PARCEL_FILES,
  PARCEL_GRUDGE_MS,
} from '../../net/limits.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import { createWriteCell } from '../../net/write-count.js';
import type { MainToParcel, ParcelFile, ParcelToMain } from '../../workers/messages/parcel.js';
import type { FileStamp } from '../disk/file-stamp.js';
import type { RunningTask, TransferPool } from '../threads/transfer-pool.js';
import { AlonePlaces } from './alone-places.js';
import type { ConnectionOptions } from './connection-types.js';
import { ParcelDisk, type DiskWaitListener } from './parcel-disk.js';
import { LiveConnections } from './live-connections.js';
import { fitsParcel, type DownloadRequest } from './download-request.js';

/** What the connections of a client have in common, and what becomes of the files. */
export interface ParcelOptions extends Omit<ConnectionOptions, 'pool' | 'pipelineBytes'> {
  readonly pool: () => Pick<TransferPool, 'startParcel' | 'threadCount'>;
  /** A file that is told of is on the disk, but for its name. */
  readonly isSynced: boolean;
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
}

/** `whole`: it has its final name. `alone`: to be fetched in the ordinary way; `end` says that it was. */
export type ParcelOutcome =
  | { readonly kind: 'whole'; readonly stamp: FileStamp; readonly peer: OnlinePeer }
  | { readonly kind: 'alone'; readonly end: () => void };

/** A file on its way. */
interface Wanted {
  readonly number: number;
  readonly request: DownloadRequest;
  readonly done: Deferred<ParcelOutcome | undefined>;
  readonly onDiskWait: DiskWaitListener;
  /** Set once it is handed over. */
  connection: Connection | undefined;
}

interface Connection {
  readonly groupId: string;
  readonly peer: OnlinePeer;
  readonly task: RunningTask<MainToParcel>;
  /** What it was told of and has not answered. */
  readonly files: Map<number, Wanted>;
  /** The way that its bytes go; known once it has proven where. */
  traffic: TrafficClass;
  /** Counts what its thread does to the disk. */
  readonly writes: SharedArrayBuffer;
}

const ALONE: ParcelOutcome = { kind: 'alone', end: () => undefined };

export class Parcels {
  readonly #options: ParcelOptions;
  readonly #connections = new LiveConnections<Connection>();
  readonly #alone = new AlonePlaces();
  readonly #disk = new ParcelDisk(this.#connections);
  /** When a device did not give what it was asked for, by device; the oldest first. */
  readonly #grudges = new Map<string, number>();
  #waiting: Wanted[] = [];
  #nextNumber = 0;
  readonly #traffic = new MeteredTraffic();

  constructor(options: ParcelOptions) {
    this.#options = options;
  }

  /** The same by the way they came. */
  get received(): TrafficBytes {
    return this.#traffic.bytes;
  }

  /** How fast they come just now. */
  get receivedBytesPerSecond(): TrafficBytes {
    return this.#traffic.bytesPerSecond;
  }

  /** Bytes of blocks that have come in so far. */
  get receivedBytes(): number {
    return this.#traffic.total;
  }

  /**
   * Fetches a file, if it is a small one and others are wanted at the same time. The signal ends that
   * soon, unless the file is just becoming whole.
   */
  async fetch(
    request: DownloadRequest,
    signal: AbortSignal,
    onDiskWait: DiskWaitListener = () => undefined,
  ): Promise<ParcelOutcome> {
    if (!fitsParcel(request) || this.#connections.isClosed) return ALONE;
    const wanted: Wanted = {
      number: this.#nextNumber++,
      request,
      done: deferred(),
      onDiskWait,
      connection: undefined,
    };
    if (this.#waiting.length === 0) detach(() => this.#handOverSoon(), crash);
    this.#waiting.push(wanted);
    const giveUp = (): void => this.#giveUp(wanted);
    signal.addEventListener('abort', giveUp, { once: true });
    if (signal.aborted) giveUp();
    try {
      const outcome = await wanted.done.promise;
      return outcome ?? { kind: 'alone', end: await this.#alone.take(signal) };
    } finally {
      signal.removeEventListener('abort', giveUp);
    }
  }

  /** A fresh ticket for a group: the serving peers must see it in time. */
  onTicket(groupId: string, ticket: Uint8Array): void {
    for (const { task, groupId: its } of this.#connections) {
      if (its === groupId) task.post({ type: 'ticket', ticket });
    }
  }

  /** Ends the connections of a group: this user is no longer in it. */
  closeGroup(groupId: string): void {
    for (const one of this.#connections) if (one.groupId === groupId) this.#connections.close(one);
  }

  /** Ends the connections on which nothing is fetched: the user has logged out. */
  closeIdle(): void {
    for (const one of this.#connections) if (one.files.size === 0) this.#connections.close(one);
  }

  /** Ends every connection, and dials none any more. Idempotent. */
  close(): void {
    this.#connections.closeAll();
  }

  #giveUp(wanted: Wanted): void {
    this.#waiting = this.#waiting.filter((one) => one !== wanted);
    const { connection, number } = wanted;
    // The thread says what has become of it, at once.
    if (connection) connection.task.post({ type: 'give-up', numbers: [number] });
    else wanted.done.resolve(undefined);
  }

  /** Whatever else is wanted in this turn goes along. */
  async #handOverSoon(): Promise<void> {
    await nextTurn();
    const waiting = this.#waiting;
    this.#waiting = [];
    const groups = new Set(waiting.map(({ request }) => request.groupId));
    for (const groupId of groups) {
      this.#handOver(
        groupId,
        waiting.filter(({ request }) => request.groupId === groupId),
      );
    }
  }

  #handOver(groupId: string, files: readonly Wanted[]): void {
    const isParcel = files.length >= MIN_PARCEL_FILES || this.#of(groupId).length > 0;
    const handed = new Map<Connection, ParcelFile[]>();
    for (const wanted of files) {
      const connection = isParcel ? this.#connectionUnlessOver(wanted.request) : undefined;
      if (!connection) {
        wanted.done.resolve(undefined);
        continue;
      }
      this.#connections.onInUse(connection);
      wanted.connection = connection;
      connection.files.set(wanted.number, wanted);
      const list = handed.get(connection) ?? [];
      list.push(parcelFileOf(wanted));
      handed.set(connection, list);
    }
    for (const [{ task }, list] of handed) task.post({ type: 'fetch', files: list });
    if (handed.size > 0) this.#disk.watch();
  }

  /** Nobody is dialled without a session; what becomes of the file is told where it is fetched alone. */
  #connectionUnlessOver(request: DownloadRequest): Connection | undefined {
    try {
      return this.#connectionFor(request);
    } catch (error) {
      if (error instanceof P2pError) return undefined;
      throw error;
    }
  }

  /** One of its peers' connections that has least to do; a further one while all are busy. */
  #connectionFor({ groupId, firstPeers }: DownloadRequest): Connection | undefined {
    if (this.#connections.isClosed) return undefined;
    const peers = firstPeers.filter(({ deviceId }) => !this.#hasGrudge(deviceId));
    const all = this.#of(groupId);
    const its = all.filter(({ peer }) => peers.some(({ deviceId }) => deviceId === peer.deviceId));
    const least = leastBy(its, ({ files }) => files.size);
    const mayDial = all.length < Math.min(this.#options.pool().threadCount, MAX_PARCEL_CONNECTIONS);
    if (least && (least.files.size < MAX_FILES_PER_SESSION || !mayDial)) return least;
    const dialled = peers.filter((peer) => this.#options.rules.permitted(peer).length > 0);
    const next = leastBy(
      dialled,
      (peer) => its.filter((one) => one.peer.deviceId === peer.deviceId).length,
    );
    return next ? this.#dial(groupId, next) : least;
  }

  #of(groupId: string): Connection[] {
    return [...this.#connections].filter(
      (one) => one.groupId === groupId && !this.#connections.isClosing(one),
    );
  }

  #dial(groupId: string, peer: OnlinePeer): Connection {
    const { rules, pool, credentials, transport, tickets } = this.#options;
    const { rates, hasher, blockLength, isSynced } = this.#options;
    const addresses = rules.inOrder(peer);
    rules.onDial(addresses, peer.deviceId);
    const writes = createWriteCell();
    const task = pool().startParcel(
      {
        ...{ addresses, rates, hasher, blockLength, isSynced, writes },
        files: [],
        transport: transport(),
        credentials: credentials(),
        peerDeviceId: peer.deviceId,
        groupId,
        ticket: tickets.held(groupId) ?? new Uint8Array(0),
      },
      (message) => this.#onMessage(connection, message),
    );
    const connection: Connection = {
      ...{ groupId, peer, task, files: new Map() },
      ...{ traffic: 'wan', writes },
    };
    this.#connections.add(connection);
    // A thread that crashed says nothing more.
    task.settled.catch((error: Error) => {
      this.#connections.forget(connection);
      for (const { done } of connection.files.values()) done.reject(error);
      if (connection.files.size === 0) throw error;
    });
    return connection;
  }

  #onMessage(connection: Connection, message: ParcelToMain): void {
    const { rules } = this.#options;
    const { peer } = connection;
    switch (message.type) {
      case 'proven':
        connection.traffic = trafficClassOf(message.address.host, undefined);
        rules.onProven(message.address, peer.deviceId);
        rules.onUndialled(message.undialled, peer.deviceId);
        return;
      case 'received':
        this.#traffic.add(connection.traffic, message.bytes);
        return;
      case 'results':
        for (const { number, stamp } of message.results) this.#onResult(connection, number, stamp);
        if (connection.files.size === 0) this.#connections.onIdle(connection);
        return;
      case 'ended':
        if (message.proven) rules.onProven(message.proven, peer.deviceId);
        if (message.error) this.#bearGrudge(peer.deviceId);
        this.#connections.forget(connection);
        for (const number of [...connection.files.keys()]) {
          this.#onResult(connection, number, undefined);
        }
    }
  }

  #onResult({ files, peer }: Connection, number: number, stamp: FileStamp | undefined): void {
    const wanted = files.get(number);
    files.delete(number);
    wanted?.done.resolve(stamp && { kind: 'whole', stamp, peer });
  }

  #hasGrudge(deviceId: string): boolean {
    const sinceMs = this.#grudges.get(deviceId);
    return sinceMs !== undefined && this.#options.nowMs() - sinceMs < PARCEL_GRUDGE_MS;
  }

  #bearGrudge(deviceId: string): void {
    this.#grudges.delete(deviceId);
    this.#grudges.set(deviceId, this.#options.nowMs());
    const [oldest] = this.#grudges.keys();
    if (this.#grudges.size > MAX_PARCEL_GRUDGES && oldest) this.#grudges.delete(oldest);
  }
}

function parcelFileOf({ number, request }: Wanted): ParcelFile {
  const { fileId, description, partPath, path } = request;
  // A copy of its own, so that no more than these bytes go to the thread.
  const sha1 = description.pieceHashes.slice();
  return { number, fileId, size: description.layout.size, sha1, partPath, path };
}

function leastBy<Item>(items: readonly Item[], costOf: (item: Item) => number): Item | undefined {
  return items.reduce<Item | undefined>(
    (best, item) => (best && costOf(best) <= costOf(item) ? best : item),
    undefined,
  );
}
