/**
 * The table of this engine's downloads: starts them, lets a bounded number run at a time in the order of their
 * turns, looks for those on which nothing comes while others wait, and knows for a while how the last ones ended. What a download means for the library and for sharing is
 * not known here.
 */
import { whenSettled } from '../../net/deferred.js';
import { crash, crashOnBug, detach } from '../../net/detach.js';
import { CancelledError, TrackerError, type P2pError } from '../../net/errors.js';
import { laterByTimer, type Later } from '../../net/later.js';
import {
  MAX_ENDED_DOWNLOADS_HELD,
  MAX_PARCEL_DOWNLOADS,
  MAX_RUNNING_DOWNLOADS,
  MAX_WAITING_DOWNLOADS,
  QUIET_LOOK_INTERVAL_MS,
} from '../../net/limits.js';
import { paused } from '../api/paused.js';
import type { DownloadProgress, DownloadSummary } from '../api/progress.js';
import type { Turn } from '../home/download-turn.js';
import { Download, type DownloadOwners } from './download.js';
import { DownloadQueue } from './download-queue.js';
import { fitsParcel, type DownloadRequest } from './download-request.js';
import { QuietLooks } from './quiet-looks.js';
import { ToldPlaces } from './told-places.js';

/** One that has not ended. */
interface Entry {
  readonly download: Download;
  readonly quiet: QuietLooks;
  /** Lets it begin; called once. */
  readonly begin: () => void;
  /** Settles with the download; asked for only by those who wait. */
  readonly finished: Promise<DownloadSummary>;
  /** Its end is told. */
  readonly isTold: boolean;
}

/** How one ended, without what it needed to get there. */
interface Ended {
  /** Which end of a download it was, of all here. */
  readonly number: number;
  readonly progress: DownloadProgress;
  readonly finished: Promise<DownloadSummary>;
}

export interface DownloadsOptions {
  /**
   * So many fetch at a time, each counting as one but for small files that go together.
   * @default MAX_RUNNING_DOWNLOADS, of which brief ones take half
   */
  readonly atOnce?: number;
  readonly later?: Later;
  /** Hears of each that has ended, before whoever waits for it. Must not throw. @default nobody */
  readonly onDownloadEnded?: (progress: DownloadProgress) => void;
}

export class Downloads {
  readonly #owners: DownloadOwners;
  readonly #options: DownloadsOptions;
  readonly #queue: DownloadQueue;
  readonly #toldPlaces = new ToldPlaces();
  /** In the order of their start. */
  readonly #entries = new Map<string, Entry>();
  /** The latest ones, oldest first. */
  readonly #ended = new Map<string, Ended>();
  #endings = 0;
  /** Takes back the next look at what runs; set while others wait. */
  #endLooking: (() => void) | undefined;

  constructor(owners: DownloadOwners, options: DownloadsOptions = {}) {
    this.#owners = owners;
    this.#options = options;
    this.#queue = new DownloadQueue(options.atOnce);
  }

  /** Downloads that have not ended, in the order of their start. */
  get running(): readonly Download[] {
    return [...this.#entries.values()]
      .map(({ download }) => download)
      .filter(({ isRunning }) => isRunning);
  }

  /** No further download can be started now. */
  get isFull(): boolean {
    return this.#entries.size >= MAX_WAITING_DOWNLOADS;
  }

  /**
   * Starts a download, at once or as soon as there is a place. `record` is told what it leaves. One
   * that runs already, or is just ending, is not started beside itself: two may ask for it at once.
   * @throws TrackerError LIMIT_REACHED when too many wait already
   */
  start(request: DownloadRequest, record = this.#owners.record): void {
    const { id } = request;
    if (this.#entries.has(id)) return;
    if (this.isFull) throw tooMany();
    const download = new Download(request, { ...this.#owners, record });
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const finished = begun
      .then(() => {
        detach(() => download.whenFetched.then(() => this.#onFetched(id)), crash);
        return download.run();
      })
      .finally(() => this.#onEnded(id));
    // Whoever waits hears of a refusal; nobody has to wait.
    detach(() => finished, crashOnBug);
    this.#ended.delete(id);
    // A repair leaves nothing of its own, and is no download to anybody.
    const isTold = record === this.#owners.record;
    this.#entries.set(id, { download, quiet: new QuietLooks(), begin, finished, isTold });
    this.#queue.enter(id, this.#loadOf(request), request.turn);
    this.#owners.activity.onStarted(() => download.progress());
    this.#beginNext();
  }

  /** How many have ended here; see `hasEndedSince`. */
  get endings(): number {
    return this.#endings;
  }

  /** Whether this one has ended since so many had. */
  hasEndedSince(id: string, endings: number): boolean {
    return (this.#ended.get(id)?.number ?? 0) > endings;
  }

  /** The running download of a file to a path. */
  find(groupId: string, fileName: string, path: string): Download | undefined {
    return this.running.find(
      ({ request }) =>
        request.groupId === groupId && request.fileName === fileName && request.path === path,
    );
  }

  /** Progress of the downloads that run, and of those that ended last, by id. */
  progress(): ReadonlyMap<string, DownloadProgress> {
    const ended = [...this.#ended].map(([id, { progress }]) => [id, progress] as const);
    const { places } = this.#queue;
    const live = [...this.#entries].map(([id, { download }]) => {
      return [id, withPlace(download.progress(), places.get(id))] as const;
    });
    return new Map([...ended, ...live]);
  }

  /** It waits in line for its turn. */
  isWaiting(id: string): boolean {
    return this.#queue.isWaiting(id);
  }

  /** Those that wait have other turns from now on. */
  setTurns(turns: ReadonlyMap<string, Turn>): void {
    for (const [id, turn] of turns) this.#queue.setTurn(id, turn);
  }

  /**
   * Waits for the end of a download; of one in line `onProgress` hears at once where it stands, and at the next look
   * after its place has become another one.
   * @throws P2pError when it failed or was cancelled
   */
  async wait(
    id: string,
    onProgress: (progress: DownloadProgress) => void,
  ): Promise<DownloadSummary> {
    const entry = this.#entries.get(id);
    if (!entry) return (this.#ended.get(id) ?? unknown()).finished;
    const unsubscribe = entry.download.subscribe((progress) =>
      onProgress(withPlace(progress, this.#queue.placeOf(id))),
    );
    const place = this.#queue.placeOf(id);
    if (place !== undefined) {
      this.#toldPlaces.onTold(id, place);
      entry.download.tellListeners();
    }
    try {
      return await entry.finished;
    } finally {
      unsubscribe();
    }
  }

  /**
   * Its reader has all of a passing download: resolves once it has ended, complete.
   * @throws P2pError NO_SUCH_DOWNLOAD when it is not whole or does not pass; or why it failed
   */
  async onDelivered(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    const isOver = !entry && this.#ended.has(id);
    if (!isOver && !entry?.download.onDelivered()) unknown();
    await (entry ?? this.#ended.get(id) ?? unknown()).finished;
  }

  /** Stops one download; what is verified stays. Resolves when it has ended. */
  async cancel(id: string): Promise<void> {
    const entry = this.#entries.get(id);
    if (entry) await this.#stop(id, entry, new CancelledError('the download was cancelled'));
    else if (!this.#ended.has(id)) unknown();
  }

  /** Stops these until they are started again; what is verified stays. Resolves when they have ended. */
  async pause(ids: readonly string[]): Promise<void> {
    const meant = new Set(ids);
    await this.stopWhere(({ id }) => meant.has(id), paused());
  }

  /** Stops those that match; resolves when none of them has a task alive. */
  async stopWhere(matches: (request: DownloadRequest) => boolean, error: P2pError): Promise<void> {
    const stopping = [...this.#entries].filter(([, { download }]) => matches(download.request));
    await Promise.all(stopping.map(([id, entry]) => this.#stop(id, entry, error)));
  }

  /** The groups in which something is being downloaded. */
  activeGroups(): Set<string> {
    return new Set(this.running.map(({ request }) => request.groupId));
  }

  async #stop(id: string, { download, begin, finished }: Entry, error: P2pError): Promise<void> {
    const stopping = download.stop(error);
    if (this.#queue.isWaiting(id)) {
      // It takes no place: its run ends at the first look at why it was stopped.
      this.#queue.leave(id);
      begin();
    }
    await stopping;
    await whenSettled(finished);
  }

  #onFetched(id: string): void {
    this.#queue.onFetched(id);
    this.#beginNext();
  }

  #onEnded(id: string): void {
    const { download, finished, isTold } = this.#entries.get(id)!;
    this.#entries.delete(id);
    this.#queue.leave(id);
    const progress = download.progress();
    this.#ended.set(id, { number: ++this.#endings, progress, finished });
    if (isTold) this.#options.onDownloadEnded?.(progress);
    const [oldest] = this.#ended.keys();
    if (this.#ended.size > MAX_ENDED_DOWNLOADS_HELD && oldest) this.#ended.delete(oldest);
    this.#beginNext();
  }

  #beginNext(): void {
    for (const id of this.#queue.takeStartable()) this.#entries.get(id)?.begin();
    if (this.#queue.hasWaiting) this.#endLooking ??= this.#lookLater();
    else this.#stopLooking();
  }

  #stopLooking(): void {
    this.#toldPlaces.clear();
    this.#endLooking?.();
    this.#endLooking = undefined;
  }

  #lookLater(): () => void {
    const { later = laterByTimer } = this.#options;
    return later(QUIET_LOOK_INTERVAL_MS, () => {
      this.#endLooking = undefined;
      for (const id of this.#queue.begun) this.#look(id);
      this.#beginNext();
      this.#tellMoved();
    });
  }

  /** Nothing moves in a download that is in line: the line moves. */
  #tellMoved(): void {
    for (const id of this.#toldPlaces.takeMoved(this.#queue.places))
      this.#entries.get(id)!.download.tellListeners();
  }

  /** Whether it holds its place, or leaves it to others because nothing comes. */
  #look(id: string): void {
    const { download, quiet } = this.#entries.get(id)!;
    if (quiet.look(download.progress())) this.#queue.onStalled(id);
    else this.#queue.onMoving(id);
  }

  /**
   * A brief download is mostly waiting, for answers and for the disk: two take one place, unless somebody has
   * said how many. Of small files that go together many do, because parcels.ts bounds those that go alone.
   */
  #loadOf(request: DownloadRequest): number {
    if (fitsParcel(request)) return MAX_RUNNING_DOWNLOADS / MAX_PARCEL_DOWNLOADS;
    return request.kind === 'long' || this.#options.atOnce !== undefined ? 1 : 0.5;
  }
}

function withPlace(progress: DownloadProgress, place: number | undefined): DownloadProgress {
  return place === undefined ? progress : { ...progress, place };
}

function unknown(): never {
  throw new TrackerError('NO_SUCH_DOWNLOAD', 'there is no such download; `downloads` lists them');
}

function tooMany(): TrackerError {
  return new TrackerError(
    'LIMIT_REACHED',
    `${MAX_WAITING_DOWNLOADS} downloads run or wait already; start more when some have ended`,
  );
}
