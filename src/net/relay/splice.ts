/**
 * Two connections made one: what comes on either goes out on the other, as fast as the relay's limit and
 * the other side's reading allow. What passes is between the two, and nothing here looks at it. Owns both
 * sockets until it ends, which either side's end, a silence, or its owner brings about.
 */
import type { Socket } from 'node:net';
import { RELAY_IDLE_MS } from '../limits.js';
import type { SharedRateLimiter } from '../shared-rate-limiter.js';

export interface SpliceOptions {
  readonly limiter: Pick<SharedRateLimiter, 'reserve'>;
  /** Calls back once after so many milliseconds; returns what cancels it. */
  readonly delay: (callback: () => void, delayMs: number) => () => void;
  /** Called once, when both are closed. */
  readonly onEnded: (bytes: number) => void;
}

export class Splice {
  readonly #options: SpliceOptions;
  readonly #sockets: readonly [Socket, Socket];
  readonly #cancels = new Map<unknown, () => void>();
  #bytes = 0;
  #isEnded = false;

  constructor(one: Socket, other: Socket, options: SpliceOptions) {
    this.#sockets = [one, other];
    this.#options = options;
    this.#pass(one, other);
    this.#pass(other, one);
    this.#awaitSilence();
  }

  /** What has passed so far. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Closes both. Idempotent. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    for (const cancel of this.#cancels.values()) cancel();
    this.#cancels.clear();
    for (const socket of this.#sockets) socket.destroy();
    this.#options.onEnded(this.#bytes);
  }

  #pass(from: Socket, to: Socket): void {
    from.setNoDelay(true);
    from.on('data', (chunk: Buffer) => {
      this.#bytes += chunk.length;
      this.#awaitSilence();
      const isTaken = to.write(chunk);
      const waitMs = this.#options.limiter.reserve(chunk.length);
      if (isTaken && waitMs === 0) return;
      from.pause();
      if (waitMs > 0) this.#later(from, waitMs, () => this.#resume(from, to));
    });
    to.on('drain', () => this.#resume(from, to));
    from.on('error', () => this.end());
    from.on('close', () => this.end());
    from.resume();
  }

  /** Reads on when what was read is paid for, and the other side has room. */
  #resume(from: Socket, to: Socket): void {
    if (!this.#isEnded && !this.#cancels.has(from) && !to.writableNeedDrain) from.resume();
  }

  #awaitSilence(): void {
    this.#later(this, RELAY_IDLE_MS, () => this.end());
  }

  /** One wait of each kind. */
  #later(what: unknown, waitMs: number, work: () => void): void {
    this.#cancels.get(what)?.();
    const cancel = this.#options.delay(() => {
      this.#cancels.delete(what);
      work();
    }, waitMs);
    this.#cancels.set(what, cancel);
  }
}
