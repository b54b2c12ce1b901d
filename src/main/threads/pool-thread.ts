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
import { toStorageError, type StorageError } from '../../net/errors.js';
import { isSystemError } from '../../net/system-errors.js';
import { MAX_TASKS_PER_THREAD, MiB, THREAD_YOUNG_HEAP_BYTES } from '../../net/limits.js';
import type { TaskOutcome, ThreadToMain } from '../../workers/messages.js';

/** The tasks of src/workers/transfer-task.ts. */
export type TaskName = 'peerSession' | 'listen' | 'hash' | 'sha256' | 'unpack';

export class PoolThread {
  readonly #piscina: Piscina;
  #taskCount = 0;
  #broken: StorageError | undefined;

  /** Starts the thread, and calls back once its code is loaded. */
  constructor(onLoaded: () => void) {
    this.#piscina = new Piscina({
      filename: fileURLToPath(new URL('../../workers/transfer-task.js', import.meta.url)),
      // Piscina looks up this task ahead; one by its default name it would search at length.
      name: 'peerSession' satisfies TaskName,
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
    this.#piscina.on('message', (_loaded: ThreadToMain) => onLoaded());
    this.#piscina.on('error', (error: unknown) => this.#onFailed(error));
  }

  get taskCount(): number {
    return this.#taskCount;
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
    this.#taskCount++;
    try {
      if (this.#broken) throw this.#broken;
      return (await this.#piscina.run(task, { name, transferList: [task.port] })) as TaskOutcome;
    } catch (error) {
      throw isSystemError(error) ? notStarted(error) : error;
    } finally {
      this.#taskCount--;
    }
  }

  /** A thread that has no task; one that has fails its tasks with the same. */
  #onFailed(error: unknown): void {
    if (!isSystemError(error)) throw error;
    this.#broken = notStarted(error);
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}

function notStarted(error: unknown): StorageError {
  return toStorageError(error, 'cannot start a thread');
}
