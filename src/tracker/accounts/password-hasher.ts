/**
 * Hashes and checks passwords in threads of their own, so that the tracker's main thread never
 * waits for Argon2. Owns the pool: no thread is started before the first password, idle ones
 * end. Whose password is next, and who is refused when too many wait, is password-queue.ts's.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { MAX_PASSWORD_THREADS } from '../../net/limits.js';
import { nobodysHash, PASSWORD_COST, type PasswordCost } from './password-cost.js';
import { PasswordQueue, type PasswordAsker, type PasswordKind } from './password-queue.js';
import type { PasswordTask } from './password-worker.js';

/** An unused thread ends after this long. */
const THREAD_IDLE_MS = 30_000;

export class PasswordHasher {
  readonly #pool: Piscina;
  readonly #queue: PasswordQueue;
  readonly #cost: PasswordCost;
  /** What the threads are doing. */
  readonly #running = new Set<Promise<unknown>>();

  constructor(cost = PASSWORD_COST) {
    this.#cost = cost;
    // The main thread keeps a processor of its own, or logins would slow down everybody's calls.
    const threads = Math.max(1, Math.min(MAX_PASSWORD_THREADS, availableParallelism() - 1));
    this.#queue = new PasswordQueue(threads);
    this.#pool = new Piscina({
      filename: new URL('./password-worker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: threads,
      idleTimeout: THREAD_IDLE_MS,
      maxQueue: threads,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
    });
  }

  /** Passwords that are being hashed or wait for it. */
  get pending(): number {
    return this.#queue.size;
  }

  /** The encoded hash of a new password. @throws TrackerError BUSY */
  async hash(password: string, asker: PasswordAsker): Promise<string> {
    const cost = this.#cost;
    return (await this.#run('account', asker, { type: 'hash', password, cost })) as string;
  }

  /** True when the password matches; takes as long without a hash. @throws TrackerError BUSY */
  async verify(password: string, hash: string | undefined, asker: PasswordAsker): Promise<boolean> {
    const known = hash ?? nobodysHash(this.#cost);
    const task = { type: 'verify', password, hash: known } as const;
    const matches = await this.#run('login', asker, task);
    return matches === true && hash !== undefined;
  }

  /**
   * Ends the threads; passwords that wait are rejected. Those that are being hashed end first: Node 20
   * aborts the whole process when a thread is ended while it requires an ES module.
   */
  async close(): Promise<void> {
    this.#queue.close();
    await Promise.allSettled(this.#running);
    await this.#pool.destroy();
  }

  #run(kind: PasswordKind, asker: PasswordAsker, task: PasswordTask): Promise<unknown> {
    return this.#queue.run(kind, asker, async () => {
      const running: Promise<unknown> = this.#pool.run(task);
      this.#running.add(running);
      try {
        return await running;
      } finally {
        this.#running.delete(running);
      }
    });
  }
}
