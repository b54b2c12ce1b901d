/**
 * The connections on which this client downloads. A session of a download has one for itself
 * while it lasts; afterwards the connection stays for a few seconds, with its ticket proven,
 * so that the next file from the same device in the same group need not be dialled for.
 * Owns the tasks of all connections; what is said about a file goes to the session that has it.
 *
 *   dialling → in use → idle → in use → … → ended
 */
import { deferred, type Deferred } from '../../net/deferred.js';
import type { WireError } from '../../net/errors.js';
import { IDLE_PEER_CONNECTION_MS, MAX_IDLE_PEER_CONNECTIONS } from '../../net/limits.js';
import type {
  FileToFetch,
  MainToPeerSession,
  PeerSessionTask,
  PeerSessionToMain,
  TaskOutcome,
} from '../../workers/messages.js';
import type { RunningTask, TransferPool } from '../threads/transfer-pool.js';

/** What a session hears: the connection's own messages are not for it. */
export type FileMessage = Exclude<PeerSessionToMain, { type: 'released' | 'idle' }>;

/** What a session may say. */
export type FileOrder = Exclude<MainToPeerSession, { type: 'open' }>;

type NewTask = Omit<PeerSessionTask, 'port' | 'slotMemoryBytes'>;

/** One session's use of a connection, for one file. */
interface Lease {
  readonly request: NewTask;
  readonly onMessage: (message: FileMessage) => void;
  readonly settled: Deferred<TaskOutcome>;
  connection: Connection;
  /** On a used connection that has not opened the file yet: it may have died while it idled. */
  isUntried: boolean;
  /** The session has let go, or was told the end. */
  isOver: boolean;
}

interface Connection {
  readonly groupId: string;
  readonly deviceId: string;
  readonly task: RunningTask<MainToPeerSession>;
  lease: Lease | undefined;
  /** Set while it is idle: closes it. */
  idle: NodeJS.Timeout | undefined;
  isClosing: boolean;
}

export class PeerConnections {
  readonly #pool: () => Pick<TransferPool, 'startPeerSession'>;
  readonly #connections = new Set<Connection>();
  #isClosed = false;

  constructor(pool: () => Pick<TransferPool, 'startPeerSession'>) {
    this.#pool = pool;
  }

  /** Connections that wait for a file. */
  get idleCount(): number {
    return [...this.#connections].filter(({ idle }) => idle !== undefined).length;
  }

  /**
   * Starts a session for one file, on an idle connection if there is one. `onMessage` hears
   * `ended` last; `settled` resolves when no thread knows the fd any more.
   */
  start(
    groupId: string,
    request: NewTask,
    onMessage: (message: FileMessage) => void,
  ): RunningTask<FileOrder> {
    const found = this.#takeIdle(groupId, request.peerDeviceId);
    const lease: Lease = {
      request,
      onMessage,
      settled: deferred(),
      connection: found ?? this.#dial(groupId, request),
      isUntried: found !== undefined,
      isOver: false,
    };
    lease.connection.lease = lease;
    if (found) found.task.post({ type: 'open', file: fileOf(request), ticket: request.ticket });
    return {
      post: (message) => this.#onOrder(lease, message),
      settled: lease.settled.promise,
    };
  }

  /** Ends the idle connections of a group: this user is no longer in it. */
  closeGroup(groupId: string): void {
    for (const connection of this.#connections) {
      if (connection.groupId === groupId && !connection.lease) this.#close(connection);
    }
  }

  /** Ends the idle connections: the user has logged out. */
  closeIdle(): void {
    for (const connection of this.#connections) if (!connection.lease) this.#close(connection);
  }

  /** Ends every connection, and keeps none any more. Idempotent. */
  close(): void {
    this.#isClosed = true;
    for (const connection of this.#connections) this.#close(connection);
  }

  #takeIdle(groupId: string, deviceId: string): Connection | undefined {
    const found = [...this.#connections]
      .reverse()
      .find((one) => one.idle && one.groupId === groupId && one.deviceId === deviceId);
    if (!found) return undefined;
    clearTimeout(found.idle);
    found.idle = undefined;
    return found;
  }

  #dial(groupId: string, request: NewTask): Connection {
    const task = this.#pool().startPeerSession(request, (message) =>
      this.#onMessage(connection, message),
    );
    const connection: Connection = {
      groupId,
      deviceId: request.peerDeviceId,
      task,
      lease: undefined,
      idle: undefined,
      isClosing: false,
    };
    this.#connections.add(connection);
    // A thread that crashed says nothing more; without a session to hear it, nobody else would.
    task.settled.catch((crash: Error) => {
      this.#forget(connection);
      if (!connection.lease) throw crash;
      connection.lease.settled.reject(crash);
    });
    return connection;
  }

  #onOrder(lease: Lease, message: FileOrder): void {
    if (lease.isOver) return;
    // From here on the session wants the end, so a fresh dial would be in vain.
    if (message.type === 'release' || message.type === 'close') lease.isUntried = false;
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
      case 'ended':
        this.#onEnded(connection, message.error);
        return;
      case 'ready':
        if (lease) lease.isUntried = false;
        lease?.onMessage(message);
        return;
      default:
        lease?.onMessage(message);
    }
  }

  #onIdle(connection: Connection): void {
    if (this.#isClosed || connection.isClosing) return this.#close(connection);
    // The order of the set is the order in which the connections became idle.
    this.#connections.delete(connection);
    this.#connections.add(connection);
    connection.idle = setTimeout(() => this.#close(connection), IDLE_PEER_CONNECTION_MS);
    if (this.idleCount <= MAX_IDLE_PEER_CONNECTIONS) return;
    for (const oldest of this.#connections) {
      if (oldest.idle) return this.#close(oldest);
    }
  }

  #onEnded(connection: Connection, error: WireError | undefined): void {
    this.#forget(connection);
    const { lease } = connection;
    connection.lease = undefined;
    if (!lease) return;
    if (lease.isUntried && !this.#isClosed) {
      // The thread has ended this connection, so it knows the fd no more.
      lease.isUntried = false;
      lease.connection = this.#dial(connection.groupId, lease.request);
      lease.connection.lease = lease;
      return;
    }
    lease.isOver = true;
    lease.onMessage({ type: 'ended', error });
    connection.task.settled.then(
      (outcome) => lease.settled.resolve(outcome),
      (crash: Error) => lease.settled.reject(crash),
    );
  }

  #end(lease: Lease, error: WireError | undefined, outcome: TaskOutcome): void {
    lease.isOver = true;
    lease.settled.resolve(outcome);
    lease.onMessage({ type: 'ended', error });
  }

  #close(connection: Connection): void {
    clearTimeout(connection.idle);
    connection.idle = undefined;
    connection.isClosing = true;
    connection.task.post({ type: 'close' });
  }

  #forget(connection: Connection): void {
    clearTimeout(connection.idle);
    connection.idle = undefined;
    this.#connections.delete(connection);
  }
}

function fileOf({ fileId, fd, layout, pieceHashes }: NewTask): FileToFetch {
  return { fileId, fd, layout, pieceHashes };
}
