/**
 * Hashes and checks passwords in threads of their own, so that the tracker's main thread never
 * waits for Argon2. Owns the pool: no thread is started before the first password, idle ones
 * end, and when too many passwords wait the next one is refused with BUSY.
 */
import { availableParallelism } from 'node:os';
import { Piscina } from 'piscina';
import { TrackerError } from '../../net/errors.js';
import { MAX_PASSWORD_QUEUE, MAX_PASSWORD_THREADS } from '../../net/limits.js';
import type { PasswordTask } from './password-worker.js';

/** An unused thread ends after this long. */
const THREAD_IDLE_MS = 30_000;

/** The hash of a password nobody has: checked for unknown users, so that they take as long. */
const NOBODYS_HASH =
  '$argon2id$v=19$m=19456,t=2,p=1$cDJwLW5vYm9keS1zYWx0IQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA';

export class PasswordHasher {
  readonly #pool: Piscina;
  #pending = 0;

  constructor() {
    this.#pool = new Piscina({
      filename: new URL('./password-worker.js', import.meta.url).href,
      minThreads: 0,
      maxThreads: Math.min(MAX_PASSWORD_THREADS, availableParallelism()),
      idleTimeout: THREAD_IDLE_MS,
      maxQueue: MAX_PASSWORD_QUEUE,
      concurrentTasksPerWorker: 1,
      atomics: 'disabled',
    });
  }

  /** Passwords that are being hashed or wait for it. */
  get pending(): number {
    return this.#pending;
  }

  /** The encoded hash of a new password. @throws TrackerError BUSY */
  async hash(password: string): Promise<string> {
    return (await this.#run({ type: 'hash', password })) as string;
  }

  /** True when the password matches; takes as long without a hash. @throws TrackerError BUSY */
  async verify(password: string, hash: string | undefined): Promise<boolean> {
    const matches = await this.#run({ type: 'verify', password, hash: hash ?? NOBODYS_HASH });
    return matches === true && hash !== undefined;
  }

  /** Ends the threads; passwords under way are rejected. */
  async close(): Promise<void> {
    await this.#pool.destroy();
  }

  async #run(task: PasswordTask): Promise<unknown> {
    if (this.#pending >= MAX_PASSWORD_QUEUE) {
      throw new TrackerError('BUSY', 'too many people log in right now; try again in a moment');
    }
    this.#pending++;
    try {
      return await this.#pool.run(task);
    } finally {
      this.#pending--;
    }
  }
}
