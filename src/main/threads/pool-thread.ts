/**
 * One transfer thread, which runs any number of tasks side by side; the only importer of Piscina
 * on the client's side. Owns the thread, and knows how many tasks it has.
 *
 *   loading → loaded → closed
 *   any of these → broken: the system has no room for a thread; every task is told so
 */
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { deferred, type Deferred } from '../../net/deferred.js';
import { bug, toStorageError, type StorageError } from '../../net/errors.js';
import { isSystemError } from '../../net/system-errors.js';
import { MAX_TASKS_PER_THREAD, MiB, THREAD_YOUNG_HEAP_BYTES } from '../../net/limits.js';
import { createTurnCell } from '../../net/thread-turn.js';
import { afterThreadStart } from '../../net/young-heap.js';
import type { TaskOutcome, ThreadStart, ThreadToMain } from '../../workers/messages/thread.js';

/** The tasks of src/workers/transfer-task.ts. */
export type TaskName = 'peerSession' | 'parcel' | 'listen' | 'hash' | 'copy' | 'sha256' | 'unpack';

export class PoolThread {
  /** Absent when not even a thread that loads could be had. */
  readonly #piscina: Piscina | undefined;
  /** Of each task that runs or waits: Piscina forgets one that comes while it tries another thread. */
  readonly #failures = new Set<Deferred<never>>();
  #broken: StorageError | undefined;
  /** Its code is loaded, or never will be. */
  readonly #settled = deferred<void>();

  /** Starts the thread, and calls back once its code is loaded. */
  constructor(onLoaded: () => void) {
    this.#piscina = this.#start(onLoaded);
  }

  get taskCount(): number {
    return this.#failures.size;
  }

  /** It never ran: the system had no room for it. */
  get isBroken(): boolean {
    return this.#broken !== undefined;
  }

  /**
   * Runs a task to its end; a thread that is loading begins with it as soon as it can.
   * @throws StorageError SYSTEM_LIMIT when the thread could not be started
   */
  async run<Task extends { readonly port: MessagePort }>(
    name: TaskName,
    task: Task,
  ): Promise<TaskOutcome> {
    const failure = deferred<never>();
    this.#failures.add(failure);
    try {
      if (this.#broken || !this.#piscina) throw this.#broken ?? bug('no thread, and no reason');
      const running = this.#piscina.run(task, { name, transferList: [task.port] });
      return (await Promise.race([running, failure.promise])) as TaskOutcome;
    } catch (error) {
      throw isSystemError(error) ? this.#onFailed(error) : error;
    } finally {
      this.#failures.delete(failure);
    }
  }

  /**
   * Ends the thread, whatever it is doing, once it has loaded: Node 20 aborts the whole process when a
   * thread is ended while it requires an ES module.
   */
  async close(): Promise<void> {
    await this.#settled.promise;
    await this.#piscina?.destroy();
  }

  #start(onLoaded: () => void): Piscina | undefined {
    try {
      const piscina = startThread();
      piscina.on('message', (_loaded: ThreadToMain) => {
        afterThreadStart();
        this.#settled.resolve();
        onLoaded();
      });
      piscina.on('error', (error: unknown) => void this.#onFailed(error));
      return piscina;
    } catch (error) {
      this.#onFailed(error);
      return undefined;
    }
  }

  #onFailed(error: unknown): StorageError {
    if (!isSystemError(error)) throw error;
    const broken = toStorageError(error, 'cannot start a thread');
    this.#broken = broken;
    this.#settled.resolve();
    for (const { reject } of this.#failures) reject(broken);
    return broken;
  }
}

/** One for all threads of the process, whoever owns them. */
const threadStart: ThreadStart = { turn: createTurnCell() };

function startThread(): Piscina {
  return new Piscina({
    filename: fileURLToPath(new URL('../../workers/transfer-task.js', import.meta.url)),
    // Piscina looks up this task ahead; one by its default name it would search at length.
    name: 'peerSession' satisfies TaskName,
    workerData: threadStart,
    resourceLimits: { maxYoungGenerationSizeMb: THREAD_YOUNG_HEAP_BYTES / MiB },
    minThreads: 1,
    maxThreads: 1,
    concurrentTasksPerWorker: MAX_TASKS_PER_THREAD,
    maxQueue: MAX_TASKS_PER_THREAD,
    // The default would freeze a thread's sockets while it waits for its next task.
    atomics: 'disabled',
    idleTimeout: Infinity,
    recordTiming: false,
    workerHistogram: false,
    trackUnmanagedFds: false,
  });
}
