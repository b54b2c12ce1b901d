/**
 * Tells step by step what the downloads of an engine do, as long as somebody follows it. Owns what was told of
 * each; one that began while nobody followed is told from the middle on.
 */
import type { ClientEventListener } from '../api/client-events.js';
import { DownloadNews } from '../api/download-news.js';
import type { DownloadProgress } from '../api/progress.js';

export interface DownloadActivityOptions {
  readonly emit: ClientEventListener;
  /** Somebody follows. */
  readonly isFollowed: () => boolean;
  readonly nowMs: () => number;
}

const OVER: ReadonlySet<DownloadProgress['state']> = new Set([
  ...(['complete', 'failed', 'cancelled', 'paused'] as const),
]);

export class DownloadActivity {
  readonly #options: DownloadActivityOptions;
  /** Of those that run. */
  readonly #news = new Map<string, DownloadNews>();

  constructor(options: DownloadActivityOptions) {
    this.#options = options;
  }

  /** One was accepted, and may wait in line. */
  onStarted(look: () => DownloadProgress): void {
    this.#tell(look, true);
  }

  /** It has moved; `look` says how far it is, if anybody wants to know. */
  onMoved(look: () => DownloadProgress): void {
    this.#tell(look, false);
  }

  #tell(look: () => DownloadProgress, isNew: boolean): void {
    const { emit, isFollowed, nowMs } = this.#options;
    if (!isFollowed()) return this.#news.clear();
    const progress = look();
    const { id, state } = progress;
    const known = isNew ? undefined : this.#news.get(id);
    const news = known ?? new DownloadNews({ isNew });
    this.#news.set(id, news);
    for (const event of news.of(progress, nowMs())) emit(event);
    if (OVER.has(state)) this.#news.delete(id);
  }
}
