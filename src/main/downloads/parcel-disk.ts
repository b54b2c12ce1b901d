/**
 * Tells of files that are fetched together that the disk takes nothing: the thread that makes them waits for it and
 * cannot say so. Owns the timer, which runs while any of them is on its way and keeps no process alive.
 */
import { DOWNLOAD_TICK_MS } from '../../net/limits.js';
import { writesIn } from '../../net/write-count.js';
import { AwakeClock } from './awake-clock.js';
import { DiskWait } from './disk-wait.js';

/** What one connection writes. */
export interface WritingConnection {
  readonly files: ReadonlyMap<number, { readonly onDiskWait: DiskWaitListener }>;
  /** See net/write-count.ts. */
  readonly writes: SharedArrayBuffer;
}

/** Told for how long, milliseconds; undefined once the disk takes something again. */
export type DiskWaitListener = (lastedMs: number | undefined) => void;

export class ParcelDisk {
  readonly #connections: Iterable<WritingConnection>;
  readonly #waits = new WeakMap<WritingConnection, { readonly wait: DiskWait; isTold: boolean }>();
  readonly #clock = new AwakeClock(() => performance.now());
  #ticker: NodeJS.Timeout | undefined;

  constructor(connections: Iterable<WritingConnection>) {
    this.#connections = connections;
  }

  /** Files are on their way. */
  watch(): void {
    this.#ticker ??= setInterval(() => this.#look(), DOWNLOAD_TICK_MS).unref();
  }

  #look(): void {
    const nowMs = this.#clock.nowMs();
    const busy = [...this.#connections].filter(({ files }) => files.size > 0);
    for (const connection of busy) this.#lookAt(connection, nowMs);
    if (busy.length > 0) return;
    clearInterval(this.#ticker);
    this.#ticker = undefined;
  }

  #lookAt(connection: WritingConnection, nowMs: number): void {
    const known = this.#waits.get(connection) ?? { wait: new DiskWait(), isTold: false };
    this.#waits.set(connection, known);
    known.wait.look(writesIn(connection.writes), nowMs);
    const lastedMs = known.wait.lastedMs(nowMs);
    if (lastedMs === undefined && !known.isTold) return;
    known.isTold = lastedMs !== undefined;
    for (const { onDiskWait } of connection.files.values()) onDiskWait(lastedMs);
  }
}
