/**
 * Work of a client that nobody waits for. One gate for all of it: what is refused becomes an
 * event, a bug crashes, and after the gate is closed nothing starts any more.
 */
import type { ClientEventListener } from '../api/client-events.js';
import { P2pError, toWireError } from '../../net/errors.js';

export class BackgroundWork {
  readonly #emit: ClientEventListener;
  readonly #running = new Set<Promise<void>>();
  #isClosed = false;

  constructor(emit: ClientEventListener) {
    this.#emit = emit;
  }

  /** Lets work go on by itself; passes over it once the gate is closed. */
  run(work: () => Promise<unknown>): void {
    if (this.#isClosed) return;
    const running: Promise<void> = work()
      .then(
        () => undefined,
        (error: unknown) => this.#onRefused(error),
      )
      .finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Nothing starts from here on; what runs is heard no more. Idempotent. */
  close(): void {
    this.#isClosed = true;
  }

  /** Resolves when nothing of it is under way; close the gate first. */
  async settled(): Promise<void> {
    await Promise.all(this.#running);
  }

  #onRefused(error: unknown): void {
    if (!(error instanceof P2pError)) throw error;
    if (!this.#isClosed) this.#emit({ type: 'background-failed', error: toWireError(error) });
  }
}
