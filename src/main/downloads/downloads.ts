/**
 * The downloads of this engine: starts them, lets a bounded number run at a time, and routes
 * to each what the tracker says about its peers. What they mean for the library and for
 * serving is the engine's, through the hooks.
 */
import { whenSettled } from '../../net/deferred.js';
import { CancelledError, TrackerError, type P2pError } from '../../net/errors.js';
import {
  BRIEF_DOWNLOAD_PIECES,
  MAX_FINISHING_DOWNLOADS,
  MAX_RUNNING_DOWNLOADS,
} from '../../net/limits.js';
import type { TrackerNotifications } from '../../net/tracker-api.js';
import { Download, type DownloadHost, type DownloadRequest } from './download.js';
import type { DownloadProgress, DownloadSummary } from '../api/progress.js';

interface Entry {
  readonly download: Download;
  /** Settles with the download; asked for only by those who wait. */
  readonly finished: Promise<DownloadSummary>;
}

export class Downloads {
  readonly #entries = new Map<string, Entry>();
  /** Those that have not ended, in the order of their start. */
  readonly #unended = new Set<Download>();
  readonly #queue: { readonly start: () => void; readonly load: number }[] = [];
  /** The loads of downloads that fetch; how many have every piece and are being put in place. */
  #fetchingLoad = 0;
  #finishingCount = 0;

  /** Downloads that have not ended, in the order of their start. */
  get running(): readonly Download[] {
    return [...this.#unended].filter(({ isRunning }) => isRunning);
  }

  /** Starts a download, at once or as soon as there is a place. */
  start(request: DownloadRequest, host: DownloadHost): void {
    const download = new Download(request, host);
    this.#unended.add(download);
    const load = loadOf(request);
    const finished = this.#whenPlaceIsFree(load)
      .then(() => {
        void download.whenFetched.then(() => this.#onFetched(load));
        return download.run();
      })
      .finally(() => this.#onEnded(download));
    // Whoever waits hears of a failure; nobody has to wait.
    void whenSettled(finished);
    this.#entries.set(request.id, { download, finished });
  }

  /** The running download of a file to a path. */
  find(groupId: string, fileName: string, path: string): Download | undefined {
    return this.running.find(
      ({ request }) =>
        request.groupId === groupId && request.fileName === fileName && request.path === path,
    );
  }

  /** Progress of every download this engine has had, by id. */
  progress(): ReadonlyMap<string, DownloadProgress> {
    return new Map([...this.#entries].map(([id, { download }]) => [id, download.progress()]));
  }

  /**
   * Waits for the end of a download.
   * @throws P2pError when it failed or was cancelled
   */
  async wait(
    id: string,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<DownloadSummary> {
    const { download, finished } = this.#get(id);
    const unsubscribe = download.subscribe(onProgress);
    try {
      return await finished;
    } finally {
      unsubscribe();
    }
  }

  /** Stops one download; what is verified stays. */
  async cancel(id: string): Promise<void> {
    await this.#get(id).download.stop(new CancelledError('the download was cancelled'));
  }

  /** Stops those that match; resolves when none of them has a task alive. */
  async stopWhere(matches: (request: DownloadRequest) => boolean, error: P2pError): Promise<void> {
    const stopping = this.running.filter(({ request }) => matches(request));
    await Promise.all(stopping.map((download) => download.stop(error)));
  }

  /** Peers of a watched file came or went. */
  onPeers({ groupId, fileId, online, gone }: TrackerNotifications['peers']): void {
    for (const download of this.running) {
      if (download.request.groupId === groupId && download.request.fileId === fileId) {
        download.onPeers(online, gone);
      }
    }
  }

  /** A fresh ticket for a group. */
  onTicket(groupId: string, ticket: Uint8Array): void {
    for (const download of this.running) {
      if (download.request.groupId === groupId) download.onTicket(ticket);
    }
  }

  /** The groups in which something is being downloaded. */
  activeGroups(): Set<string> {
    return new Set(this.running.map(({ request }) => request.groupId));
  }

  #get(id: string): Entry {
    const entry = this.#entries.get(id);
    if (!entry)
      throw new TrackerError('NO_SUCH_FILE', 'there is no such download; see `downloads`');
    return entry;
  }

  #whenPlaceIsFree(load: number): Promise<void> {
    return new Promise((resolve) => {
      this.#queue.push({ start: resolve, load });
      this.#startWaiting();
    });
  }

  /** Putting a file in place is mostly waiting, so that others fetch meanwhile. */
  #onFetched(load: number): void {
    this.#fetchingLoad -= load;
    this.#finishingCount++;
    this.#startWaiting();
  }

  #onEnded(download: Download): void {
    this.#unended.delete(download);
    this.#finishingCount--;
    this.#startWaiting();
  }

  #startWaiting(): void {
    while (
      this.#fetchingLoad < MAX_RUNNING_DOWNLOADS &&
      this.#finishingCount < MAX_FINISHING_DOWNLOADS
    ) {
      const next = this.#queue.shift();
      if (!next) return;
      this.#fetchingLoad += next.load;
      next.start();
    }
  }
}

/** A brief download is mostly waiting, for answers and for the disk: two take one place. */
function loadOf({ description }: DownloadRequest): number {
  return description.layout.pieceCount > BRIEF_DOWNLOAD_PIECES ? 1 : 0.5;
}
