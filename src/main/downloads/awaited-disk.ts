/**
 * For how long the disk has not answered where nothing is fetched yet, or not here: calls of it that are waited for, one
 * at a time. Owns the timer, which keeps no process alive.
 */
import { DISK_WAIT_TOLD_MS, DOWNLOAD_TICK_MS } from '../../net/limits.js';
import type { DownloadProgress } from '../api/progress.js';
import { AwakeClock } from './awake-clock.js';

interface DiskWaits {
  /** Milliseconds; undefined where that is nothing to speak of. */
  readonly diskWaitMs: number | undefined;
  /** How long it had been, shortly after. */
  readonly diskWaitedMs?: number | undefined;
}

export class AwaitedDisk implements DiskWaits {
  readonly #tell: () => void;
  #lastedMs: number | undefined;

  /** `tell` is called a few times a second while the disk does not answer, and once when it does again. */
  constructor(tell: () => void) {
    this.#tell = tell;
  }

  get diskWaitMs(): number | undefined {
    return this.#lastedMs;
  }

  /** Waits for a call of the disk. */
  async during<T>(work: Promise<T>): Promise<T> {
    const clock = new AwakeClock(() => performance.now());
    const sinceMs = clock.nowMs();
    const ticker = setInterval(() => {
      const lastedMs = Math.round(clock.nowMs() - sinceMs);
      if (lastedMs >= DISK_WAIT_TOLD_MS) this.onLasted(lastedMs);
    }, DOWNLOAD_TICK_MS).unref();
    try {
      return await work;
    } finally {
      clearInterval(ticker);
      this.onLasted(undefined);
    }
  }

  /** Somebody else waits for it. */
  onLasted(lastedMs: number | undefined): void {
    const isNews = lastedMs !== this.#lastedMs;
    this.#lastedMs = lastedMs;
    if (isNews) this.#tell();
  }
}

/** As a download tells it. */
export function diskWaitOf({
  diskWaitMs,
  diskWaitedMs,
}: DiskWaits): Pick<DownloadProgress, 'diskWaitMs' | 'diskWaitedMs'> {
  if (diskWaitMs !== undefined) return { diskWaitMs };
  return diskWaitedMs === undefined ? {} : { diskWaitedMs };
}
