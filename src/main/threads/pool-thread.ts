/**
 * One transfer thread, which runs any number of tasks side by side; the only importer of Piscina
 * on the client's side. Owns the thread, and knows how many tasks it has.
 *
 *   loading → loaded → closed
 */
import { fileURLToPath } from 'node:url';
import type { MessagePort } from 'node:worker_threads';
import { Piscina } from 'piscina';
import { MAX_TASKS_PER_THREAD, MiB, THREAD_YOUNG_HEAP_BYTES } from '../../net/limits.js';
import type { TaskOutcome, ThreadToMain } from '../../workers/messages.js';

/** The tasks of src/workers/transfer-task.ts. */
export type TaskName = 'peerSession' | 'listen' | 'hash' | 'sha256';

export class PoolThread {
  readonly #piscina: Piscina;
  #taskCount = 0;

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
  }

  get taskCount(): number {
    return this.#taskCount;
  }

  /** Runs a task to its end; a thread that is loading begins with it as soon as it can. */
  async run<Task extends { readonly port: MessagePort }>(
    name: TaskName,
    task: Task,
  ): Promise<TaskOutcome> {
    this.#taskCount++;
    try {
      return (await this.#piscina.run(task, { name, transferList: [task.port] })) as TaskOutcome;
    } finally {
      this.#taskCount--;
    }
  }

  /** Ends the thread, whatever it is doing. */
  async close(): Promise<void> {
    await this.#piscina.destroy();
  }
}
