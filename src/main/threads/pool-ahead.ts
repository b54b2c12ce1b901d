/**
 * Transfer threads that are started before anybody asks for them: they take as long to load as
 * a command takes from its start to its first byte. Owns them until they are taken.
 */
import { TransferPool } from './transfer-pool.js';

export class PoolAhead {
  #pool: TransferPool | undefined;

  /** Starts as many threads as there are by default. */
  start(): void {
    this.#pool ??= new TransferPool();
  }

  /** The started threads, which from now on are the caller's; undefined when there are none. */
  take(): TransferPool | undefined {
    const pool = this.#pool;
    this.#pool = undefined;
    return pool;
  }

  /** Ends what nobody has taken. */
  async close(): Promise<void> {
    await this.take()?.close();
  }
}
