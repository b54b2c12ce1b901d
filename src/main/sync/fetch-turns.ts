/**
 * How each fetch of a sync gets on, and the end of one that takes a place for little while others wait: what has come of
 * it is kept. Stands between what asks the engine and the engine. Owns what is under way, and since when it is slow.
 *
 *   started → (in line | slow | at a good pace) → over | yielded
 */
import { crashOnBug, detach } from '../../net/detach.js';
import { SYNC_SLOW_BYTES_PER_SECOND, SYNC_SLOW_MS } from '../../net/limits.js';
import type { DownloadProgress } from '../api/progress.js';
import { FetchOrder } from './fetch-order.js';
import type { SyncEngine } from './sync-work.js';

interface Turn {
  readonly id: string;
  /** What had come at a moment; undefined while nothing is asked of others. */
  since: { readonly ms: number; readonly bytes: number } | undefined;
  bytes: number;
  hasYielded: boolean;
}

export class FetchTurns {
  readonly order = new FetchOrder();
  readonly #engine: SyncEngine;
  readonly #steadyMs: () => number;
  /** By the name of the item. */
  readonly #turns = new Map<string, Turn>();

  constructor(engine: SyncEngine, steadyMs: () => number) {
    this.#engine = engine;
    this.#steadyMs = steadyMs;
  }

  /** The engine, with each download heard. */
  get engine(): SyncEngine {
    const engine = this.#engine;
    return {
      listFiles: (...given) => engine.listFiles(...given),
      fileAt: (...given) => engine.fileAt(...given),
      startDownload: (...given) => engine.startDownload(...given),
      waitForDownload: (id, onProgress) =>
        engine.waitForDownload(id, (progress) => {
          this.#onProgress(progress);
          onProgress?.(progress);
        }),
      cancelDownload: (...given) => engine.cancelDownload(...given),
      cancelDownloads: (...given) => engine.cancelDownloads(...given),
      upload: (...given) => engine.upload(...given),
      stopShare: (...given) => engine.stopShare(...given),
    };
  }

  /** For a while almost nothing has come of it. */
  isSlow(name: string): boolean {
    const turn = this.#turns.get(name);
    if (!turn?.since || turn.hasYielded) return false;
    const nowMs = this.#steadyMs();
    const tookMs = nowMs - turn.since.ms;
    if (tookMs < SYNC_SLOW_MS) return false;
    const came = turn.bytes - turn.since.bytes;
    if (came * 1_000 < SYNC_SLOW_BYTES_PER_SECOND * tookMs) return true;
    turn.since = { ms: nowMs, bytes: turn.bytes };
    return false;
  }

  /** Ends it, so that another has its place. */
  yield(name: string): void {
    const turn = this.#turns.get(name);
    if (!turn || turn.hasYielded) return;
    turn.hasYielded = true;
    // When it is over by now, nothing is to be ended.
    detach(() => this.#engine.cancelDownload(turn.id), crashOnBug);
  }

  /** Has an item fetched; undefined when it had to yield, and is to wait behind the others. */
  async take<T>(name: string, fetch: () => Promise<T>): Promise<T | undefined> {
    try {
      const fetched = await fetch();
      this.order.onDone(name);
      return fetched;
    } catch (error) {
      this.order.onFailed(name, this.#steadyMs());
      if (this.#turns.get(name)?.hasYielded !== true) throw error;
      return undefined;
    } finally {
      this.#turns.delete(name);
    }
  }

  #onProgress({ id, fileName, state, fetched }: DownloadProgress): void {
    const known = this.#turns.get(fileName);
    const turn = known ?? { id, since: undefined, bytes: 0, hasYielded: false };
    if (!known) this.#turns.set(fileName, turn);
    turn.bytes = fetched;
    if (state !== 'downloading') turn.since = undefined;
    else turn.since ??= { ms: this.#steadyMs(), bytes: fetched };
  }
}
