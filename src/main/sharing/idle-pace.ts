/**
 * How fast work may go that nobody waits for: it rests in proportion to the time that it has worked,
 * so that it takes the same part of a fast disk and of a slow one, and steps back for transfers.
 * Owns no thread and no file.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { TRANSFER_QUIET_MS, TRANSFER_QUIET_POLL_MS } from '../../net/limits.js';

/** Waits after a piece of work. */
export interface Pace {
  /** `tookMs` is how long the work took. @throws the reason of `signal` */
  rest(tookMs: number, signal: AbortSignal): Promise<void>;
}

export interface IdlePaceOptions {
  readonly isBusy: () => boolean;
  /** Works for one part of so many; 1 is without rest. */
  readonly factor: number;
  /** The same while transfers run; undefined waits until they do not. */
  readonly busyFactor: number | undefined;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
}

export class IdlePace implements Pace {
  readonly #options: IdlePaceOptions;

  constructor(options: IdlePaceOptions) {
    this.#options = options;
  }

  async rest(tookMs: number, signal: AbortSignal): Promise<void> {
    const { isBusy, factor, busyFactor, sleep } = this.#options;
    const parts = isBusy() ? (busyFactor ?? factor) : factor;
    if (parts > 1) await sleep(tookMs * (parts - 1), signal);
    while (busyFactor === undefined && isBusy()) await sleep(TRANSFER_QUIET_POLL_MS, signal);
  }
}

/** Sleeps without keeping the process. @throws the reason of `signal` */
export async function sleepIdly(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { signal, ref: false }).catch(() => signal.throwIfAborted());
}

/** Whether transfers run: bytes have moved, in either direction, a moment ago. */
export class TransferActivity {
  readonly #movedBytes: () => number;
  readonly #nowMs: () => number;
  #seenBytes = 0;
  #movedAtMs = -Infinity;

  constructor(movedBytes: () => number, nowMs: () => number) {
    this.#movedBytes = movedBytes;
    this.#nowMs = nowMs;
  }

  isBusy(): boolean {
    const bytes = this.#movedBytes();
    if (bytes !== this.#seenBytes) this.#movedAtMs = this.#nowMs();
    this.#seenBytes = bytes;
    return this.#nowMs() - this.#movedAtMs < TRANSFER_QUIET_MS;
  }
}
