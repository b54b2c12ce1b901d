/**
 * The pool of transfer threads. Owns the threads and the ports to their tasks. A task is one peer
 * session, one listener or one run of hashing, and lasts as long as that does; it is ended by
 * message, never by an AbortSignal, which would kill the thread under its neighbours.
 *
 * A thread takes about 50 ms of a core to load, so they load one after the other, while the main
 * thread has something else to do; a task for which there is no idle thread starts the next one.
 */
import { availableParallelism } from 'node:os';
import { MessageChannel } from 'node:worker_threads';
import { SHA256_BYTES } from '../../net/description.js';
import { bug, fromWireError } from '../../net/errors.js';
import { SLOT_MEMORY_BYTES } from '../../net/limits.js';
import { syncShares } from '../../net/waiting-threads.js';
import type { CopyTask } from '../../workers/messages/copying.js';
import type { HashTask, HashToMain, Sha256Task } from '../../workers/messages/hashing.js';
import type {
  ListenerToMain,
  ListenTask,
  MainToListener,
} from '../../workers/messages/listener.js';
import type { MainToParcel, ParcelTask, ParcelToMain } from '../../workers/messages/parcel.js';
import type {
  MainToPeerSession,
  PeerSessionTask,
  PeerSessionToMain,
} from '../../workers/messages/peer-session.js';
import type { TaskOutcome } from '../../workers/messages/thread.js';
import type { UnpackTask } from '../../workers/messages/unpacking.js';
import { PoolThread, type TaskName } from './pool-thread.js';

/** More threads than this have shown no gain; see native-bench/README.md. */
const MAX_DEFAULT_THREADS = 4;

/** What the pool itself adds to a task. */
type PoolField = 'port' | 'slotMemoryBytes' | 'syncsAtATime';

/** A running task: what to tell it, and when it knows no content any more. */
export interface RunningTask<Message> {
  post(message: Message): void;
  readonly settled: Promise<TaskOutcome>;
}

export class TransferPool {
  readonly threadCount: number;
  readonly #slotMemoryBytes: number;
  readonly #syncsAtATime: number;
  readonly #threads: PoolThread[] = [];
  readonly #running = new Set<Promise<unknown>>();
  /** By the end of each task. */
  readonly #threadOf = new WeakMap<Promise<unknown>, PoolThread>();
  #closing: Promise<void> | undefined;

  /** Has `threadCount` threads, and starts the first one. */
  constructor(
    threadCount = Math.min(MAX_DEFAULT_THREADS, availableParallelism()),
    slotMemoryBytes = SLOT_MEMORY_BYTES,
  ) {
    this.threadCount = threadCount;
    this.#slotMemoryBytes = slotMemoryBytes;
    this.#syncsAtATime = Math.max(1, Math.floor(syncShares().smallFiles / threadCount));
    this.#startThread();
  }

  /**
   * Starts a peer session; `onMessage` hears everything it says, `ended` last. `beside`: a task whose
   * thread has the connection already.
   */
  startPeerSession(
    task: Omit<PeerSessionTask, PoolField>,
    onMessage: (message: PeerSessionToMain) => void,
    beside?: Pick<RunningTask<never>, 'settled'>,
  ): RunningTask<MainToPeerSession> {
    const thread = beside && this.#threadOf.get(beside.settled);
    return this.#start('peerSession', task, onMessage, thread);
  }

  /** Starts a session that fetches small files; `onMessage` hears everything it says, `ended` last. */
  startParcel(
    task: Omit<ParcelTask, PoolField>,
    onMessage: (message: ParcelToMain) => void,
  ): RunningTask<MainToParcel> {
    return this.#start('parcel', task, onMessage);
  }

  /** Starts a listener in one thread; `beside`: in that of another one. */
  startListener(
    task: Omit<ListenTask, 'port'>,
    onMessage: (message: ListenerToMain) => void,
    beside?: Pick<RunningTask<never>, 'settled'>,
  ): RunningTask<MainToListener> {
    const thread = beside && this.#threadOf.get(beside.settled);
    return this.#start('listen', task, onMessage, thread);
  }

  /**
   * Hashes a run of pieces; resolves when all are in `digests`.
   * @throws StorageError, CancelledError
   */
  async hash(
    task: Omit<HashTask, PoolField>,
    onHashed: ((pieces: number) => void) | undefined,
    signal?: AbortSignal,
  ): Promise<void> {
    const onMessage = (message: HashToMain): void => onHashed?.(message.pieces);
    await this.#cancellable('hash', task, onMessage, signal);
  }

  async #cancellable<Out>(
    name: TaskName,
    task: object,
    onMessage: (message: Out) => void,
    signal: AbortSignal | undefined,
  ): Promise<void> {
    const running = this.#start<Out, { type: 'close' }>(name, task, onMessage);
    const cancel = (): void => running.post({ type: 'close' });
    signal?.addEventListener('abort', cancel, { once: true });
    if (signal?.aborted) cancel();
    const outcome = await running.settled;
    signal?.removeEventListener('abort', cancel);
    if (!outcome.ok) throw fromWireError(outcome);
  }

  /**
   * Copies pieces that are right; resolves when `copied` says which.
   * @throws StorageError, CancelledError
   */
  async copy(task: Omit<CopyTask, PoolField>, signal: AbortSignal): Promise<void> {
    await this.#cancellable('copy', task, () => undefined, signal);
  }

  /**
   * Makes some files of a downloaded folder; resolves when they are there.
   * @throws StorageError, CancelledError
   */
  async unpack(task: Omit<UnpackTask, PoolField>, signal: AbortSignal): Promise<void> {
    await this.#cancellable('unpack', task, () => undefined, signal);
  }

  /**
   * SHA-256 over a whole file, 32 bytes.
   * @throws StorageError
   */
  async sha256(task: Omit<Sha256Task, 'port' | 'digest'>): Promise<Uint8Array> {
    const digest = new SharedArrayBuffer(SHA256_BYTES);
    const outcome = await this.#start('sha256', { ...task, digest }).settled;
    if (!outcome.ok) throw fromWireError(outcome);
    return new Uint8Array(digest).slice();
  }

  /** Ends the threads once every task has settled; the caller has told them to end. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  #start<Out, In>(
    name: TaskName,
    task: object,
    onMessage?: (message: Out) => void,
    thread: PoolThread = this.#leastBusyThread(),
  ): RunningTask<In> {
    const { port1, port2 } = new MessageChannel();
    if (onMessage) port1.on('message', onMessage);
    const settled = thread
      .run(name, { ...task, ...this.#ofThread, port: port2 })
      .catch((error: unknown) => {
        // Nobody is at its other end, and an open port keeps this process alive.
        port1.close();
        throw error;
      })
      .finally(() => this.#running.delete(settled));
    this.#running.add(settled);
    this.#threadOf.set(settled, thread);
    return { post: (message) => port1.postMessage(message), settled };
  }

  /** What is the same for all tasks. */
  get #ofThread(): Pick<ParcelTask, 'slotMemoryBytes' | 'syncsAtATime'> {
    return { slotMemoryBytes: this.#slotMemoryBytes, syncsAtATime: this.#syncsAtATime };
  }

  async #close(): Promise<void> {
    await Promise.allSettled(this.#running);
    await Promise.all(this.#threads.map((thread) => thread.close()));
  }

  #leastBusyThread(): PoolThread {
    const running = this.#threads.filter(({ isBroken }) => !isBroken);
    // One that is broken says why to whoever gets it.
    const [first, ...others] = running.length > 0 ? running : this.#threads;
    if (!first) bug('a pool without a thread');
    const least = others.reduce(
      (best, thread) => (thread.taskCount < best.taskCount ? thread : best),
      first,
    );
    return least.taskCount > 0 && this.#hasMore ? this.#startThread() : least;
  }

  get #hasMore(): boolean {
    const isRoom = this.#threads.every(({ isBroken }) => !isBroken);
    return isRoom && !this.#closing && this.#threads.length < this.threadCount;
  }

  #startThread(): PoolThread {
    const thread = new PoolThread(() => {
      if (this.#hasMore) this.#startThread();
    });
    this.#threads.push(thread);
    return thread;
  }
}
