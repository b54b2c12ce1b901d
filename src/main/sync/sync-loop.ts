/**
 * Keeps one folder the same as a group: looks at both, plans, has the plan carried out, and waits for the next change.
 * Owns when it looks and what it has seen; each item is decided by sync-plan.ts and worked on by sync-work.ts.
 *
 *   looking → working → (waiting → looking …) → ended
 */
import { P2pError, StorageError, TrackerError } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import {
  MAX_DOWNLOADS_AT_A_TIME,
  MAX_SYNC_SETTLING_LOOKS,
  MAX_SYNC_SHARES_AT_A_TIME,
  SYNC_GATHER_MS,
  SYNC_LOOK_PAUSE_FACTOR,
  SYNC_QUIET_MS,
  SYNC_RESCAN_MS,
  SYNC_RETRY_MS,
  SYNC_TRACKER_RETRY_MS,
} from '../../net/limits.js';
import type { FileRow } from '../../net/tracker-api.js';
import type { SyncReport, SyncRequest } from '../api/sync.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { AtRest } from './at-rest.js';
import type { FetchTurns } from './fetch-turns.js';
import type { FolderItems, SeenFolder, SeenItem } from './folder-items.js';
import type { FolderWatch } from './folder-watch.js';
import { isKeptVersion, isWorthALook, type ItemNames } from './item-names.js';
import { ItemTasks, type ItemTask } from './item-tasks.js';
import { ListPace } from './list-pace.js';
import { notedOf, type NotedItems } from './noted-items.js';
import { OVERTAKEN, PASSING, isEnding } from './sync-failures.js';
import {
  isTooMuch,
  planItem,
  type GroupItem,
  type LocalItem,
  type SyncAction,
} from './sync-plan.js';
import type { SyncTally } from './sync-tally.js';
import { isSameStamp, type SyncWork } from './sync-work.js';
import { WakeUp } from './wake-up.js';

export interface SyncLoopOptions {
  readonly request: SyncRequest;
  /** What of the group is listed. */
  readonly list: () => Promise<readonly FileRow[]>;
  readonly names: ItemNames;
  readonly items: FolderItems;
  readonly noted: NotedItems;
  readonly work: SyncWork;
  readonly turns: FetchTurns;
  readonly tally: SyncTally;
  readonly signal: AbortSignal;
  /** Ends all work, and the sync with it: one item has shown that nothing can go on. */
  readonly fail: (error: unknown) => void;
  readonly steadyMs: () => number;
  readonly later: Later;
}

/** An item of the group, and who has shared it longest. */
type ListedItem = GroupItem & { readonly sharer: string };

type Compared = 'same' | 'unfinished' | 'older' | 'other';

/** What an item was when something was tried with it. */
interface Tried {
  readonly fileId: string | undefined;
  readonly stamp: FileStamp | undefined;
}

export class SyncLoop {
  readonly #options: SyncLoopOptions;
  readonly #wakeUp: WakeUp;
  readonly #tasks: ItemTasks;
  readonly #atRest = new AtRest();
  #group: ReadonlyMap<string, ListedItem> = new Map();
  #seen: SeenFolder | undefined;
  readonly #compared = new Map<string, Tried & { readonly verdict: Compared }>();
  readonly #setAside = new Map<string, Tried & { readonly untilMs: number }>();
  /** What had changed while it was worked on: when the same comes again, that is a failure as any other. */
  readonly #overtaken = new Map<string, Tried>();
  readonly #listPace = new ListPace();
  /** Of the last plan: nobody had said before that look that the list was another one. */
  #isListOfNow = false;
  #isLookDue = true;
  #lookedAtMs = -Infinity;
  /** The next look comes no sooner. */
  #pauseUntilMs = -Infinity;
  #isSettling = false;
  #settlingLooks = 0;
  #watch: FolderWatch | undefined;

  constructor(options: SyncLoopOptions) {
    this.#options = options;
    this.#wakeUp = new WakeUp(options.later);
    const most = { fetch: MAX_DOWNLOADS_AT_A_TIME, read: MAX_SYNC_SHARES_AT_A_TIME, ask: 1 };
    this.#tasks = new ItemTasks(most, () => this.#wakeUp.ring());
  }

  /** The list of the group may be another one. */
  onGroupChanged(): void {
    this.#listPace.onChanged();
    this.#wakeUp.ring();
  }

  /** Something has changed in the folder; in which of its entries, if that is known. */
  onFolderChanged(name: string | undefined): void {
    if (name !== undefined && !isWorthALook(name)) return;
    this.#isLookDue = true;
    if (name !== undefined) this.#options.items.onChanged(name);
    this.#wakeUp.ring();
  }

  /** Has the folder watched as long as it runs. */
  watchBy(watch: FolderWatch): void {
    this.#watch = watch;
  }

  /** Until all is the same, or until it is ended. @throws P2pError why it could not go on, or the signal's reason */
  async run(): Promise<SyncReport> {
    const { tally, signal } = this.#options;
    try {
      for (;;) {
        signal.throwIfAborted();
        const waitMs = await this.#turn();
        if (waitMs === 'done') return tally.report();
        await this.#wakeUp.wait(waitMs, signal);
      }
    } finally {
      await this.#tasks.end();
    }
  }

  /** Looks if it is time, and has done what is to be done; answers how long nothing is to be looked at. */
  async #turn(): Promise<number | 'done'> {
    const { steadyMs, request, tally } = this.#options;
    const nowMs = steadyMs();
    if (nowMs - this.#lookedAtMs >= SYNC_RESCAN_MS && !request.isOnce) this.#onRescan();
    const untilListMs = this.#listPace.waitMs(nowMs) ?? Infinity;
    if (untilListMs > 0 && !this.#isLookDue) {
      if (!this.#tasks.isIdle) {
        this.#tasks.yieldSlow();
        return Math.min(SYNC_RESCAN_MS, untilListMs);
      }
      if (request.isOnce) return 'done';
      tally.onWaiting();
      return Math.min(this.#lookedAtMs + SYNC_RESCAN_MS - nowMs, untilListMs);
    }
    // What is done causes changes as well. Whoever waits for the end is not to wait for nothing.
    const isPaused = this.#isSettling || !(request.isOnce && this.#tasks.isIdle);
    if (isPaused && nowMs < this.#pauseUntilMs) return this.#pauseUntilMs - nowMs;
    try {
      await this.#look();
    } catch (error) {
      if (request.isOnce || !(error instanceof P2pError) || !PASSING.has(error.code)) throw error;
      this.#pauseUntilMs = steadyMs() + SYNC_TRACKER_RETRY_MS;
      return SYNC_TRACKER_RETRY_MS;
    }
    const tookMs = steadyMs() - nowMs;
    const settling = this.#plan();
    this.#isSettling = settling.length > 0;
    if (this.#isSettling) this.#isLookDue = true;
    for (const name of settling) this.#options.items.onChanged(name);
    const pauseMs = Math.max(SYNC_GATHER_MS, SYNC_LOOK_PAUSE_FACTOR * tookMs);
    this.#pauseUntilMs = steadyMs() + Math.max(pauseMs, this.#isSettling ? SYNC_QUIET_MS : 0);
    return 0;
  }

  #onRescan(): void {
    this.#options.items.onChanged();
    this.#isLookDue = true;
  }

  async #look(): Promise<void> {
    const { list, items, turns, steadyMs } = this.#options;
    const isListed = this.#listPace.waitMs(steadyMs()) === 0;
    this.#isListOfNow = isListed || !this.#listPace.isOld;
    if (isListed) {
      this.#listPace.onAsked();
      try {
        const rows = await list();
        this.#group = this.#itemsOf(rows);
        turns.order.keepOnly(this.#group);
        this.#listPace.onListed(rows.length, steadyMs());
      } catch (error) {
        this.#listPace.onOwnChange();
        throw error;
      }
    }
    this.#isLookDue = false;
    this.#seen = await items.look();
    this.#lookedAtMs = steadyMs();
    const stamps = new Map<string, FileStamp>();
    const folders: string[] = [];
    for (const [name, item] of this.#seen.items) {
      if (item.kind === 'folder') folders.push(name);
      if (item.kind !== 'foreign' && item.stamp) stamps.set(name, item.stamp);
    }
    this.#atRest.onLook(stamps, this.#lookedAtMs);
    this.#watch?.follow(folders);
  }

  #itemsOf(rows: readonly FileRow[]): Map<string, ListedItem> {
    const items = new Map<string, ListedItem>();
    for (const { name, fileId, size, sources, sharer, files, isFirstHere = false } of rows) {
      const isFolder = files !== undefined;
      if (!this.#options.names.has(name, isFolder)) continue;
      const hasSources = sources > 0;
      const about = { fileId, size, isFolder, hasSources, isFirstHere, sharer };
      items.set(name, { ...about, ...(isFolder && { files }) });
    }
    return items;
  }

  /** Has all planned that is not under way; answers what is to be at rest first. */
  #plan(): readonly string[] {
    const { noted, tally, turns, request } = this.#options;
    const names = new Set([...this.#group.keys(), ...noted.names(), ...this.#seen!.items.keys()]);
    const tasks: ItemTask[] = [];
    const settling: string[] = [];
    const counts = { files: 0, here: 0, toFetch: 0, toShare: 0, bytes: 0 };
    let going = 0;
    for (const name of names) {
      const group = this.#group.get(name);
      const action = this.#actionFor(name);
      if (group && !(action.do === 'nothing' && !action.isHere)) counts.files++;
      if (isHere(action)) counts.here++;
      if (action.do === 'remove' || action.do === 'withdraw' || action.do === 'end') going++;
      if (action.do === 'settle') settling.push(name);
      if (!this.#mayBegin(name, action)) continue;
      if (action.do === 'fetch') {
        counts.toFetch++;
        counts.bytes += group!.size;
      } else if (action.do === 'share') counts.toShare++;
      const task = this.#taskFor(name, action);
      if (task) tasks.push(task);
    }
    const { agreedCount } = noted;
    if (isTooMuch(going, agreedCount)) throw tooMuch(request.folder, going, agreedCount);
    tally.onPlanned({ ...counts, toShare: counts.toShare + settling.length });
    const isServed = (name: string): boolean => this.#group.get(name)?.hasSources === true;
    this.#tasks.plan(turns.order.sorted(tasks, isServed));
    this.#tasks.yieldSlow();
    if (settling.length === 0 || !request.isOnce) return settling;
    if (++this.#settlingLooks <= MAX_SYNC_SETTLING_LOOKS) return settling;
    for (const name of settling) tally.onFailure(name, 'failed', notAtRest(name));
    return [];
  }

  #mayBegin(name: string, action: SyncAction): boolean {
    if (this.#tasks.isBusy(name) || this.#isSetAside(name)) return false;
    // Others would feel it, and what they have is not known: the list comes first.
    return this.#isListOfNow || !needsListOfNow(action);
  }

  #actionFor(name: string): SyncAction {
    const { request, noted } = this.#options;
    const way = { isBoth: request.isBoth === true, isDeleting: request.isDeleting === true };
    const item = this.#seen?.items.get(name);
    const group = this.#group.get(name);
    return planItem(
      { group, noted: notedOf(noted.get(name)), local: this.#localOf(name, item) },
      way,
    );
  }

  #localOf(name: string, item: SeenItem | undefined): LocalItem | undefined {
    if (!item || item.kind === 'foreign') return item;
    const { noted, steadyMs } = this.#options;
    const { kind, stamp } = item;
    const tried = this.#compared.get(name);
    const isCompared = tried !== undefined && this.#isAsTried(name, tried);
    const flaw = item.kind === 'folder' ? item.flaw : undefined;
    const isIgnored = this.#seen?.ignored.match(name, kind === 'folder') === true;
    return {
      kind,
      isAsNoted: isSameStamp(noted.get(name)?.stamp, stamp),
      isAtRest: this.#atRest.isAtRest(name, steadyMs()),
      compared: isCompared ? tried.verdict : undefined,
      isShareable: flaw === undefined && !isIgnored && !isKeptVersion(name),
    };
  }

  #isSetAside(name: string): boolean {
    const tried = this.#setAside.get(name);
    if (!tried) return false;
    if (this.#options.steadyMs() < tried.untilMs && this.#isAsTried(name, tried)) return true;
    this.#setAside.delete(name);
    return false;
  }

  /** Neither the group's content nor what is here is another one since. */
  #isAsTried(name: string, tried: Tried): boolean {
    const { fileId, stamp } = this.#now(name);
    const isSame = stamp === tried.stamp || isSameStamp(stamp, tried.stamp);
    return fileId === tried.fileId && isSame;
  }

  #now(name: string): Tried {
    const item = this.#seen?.items.get(name);
    const stamp = item && item.kind !== 'foreign' ? item.stamp : undefined;
    return { fileId: this.#group.get(name)?.fileId, stamp };
  }

  #taskFor(name: string, action: SyncAction): ItemTask | undefined {
    const { work, noted, tally, request } = this.#options;
    const group = this.#group.get(name);
    const kind = group?.isFolder ? 'folder' : 'file';
    const seen = this.#seen?.items.get(name);
    const present = seen && seen.kind !== 'foreign' ? seen : undefined;
    const task = (taskKind: ItemTask['kind'], run: () => Promise<unknown>): ItemTask => {
      return { name, kind: taskKind, run: () => this.#run(name, run) };
    };
    switch (action.do) {
      case 'nothing':
        if (action.isHere) tally.onWell(name);
        else if (present?.kind === 'folder' && present.flaw && request.isBoth)
          tally.onFailure(name, 'left', present.flaw);
        return undefined;
      case 'settle':
        return undefined;
      case 'compare':
        return task('read', async () => {
          const tried = this.#now(name);
          const verdict = await work.compare(name, group!);
          this.#compared.set(name, { ...tried, verdict });
          this.#isLookDue = true;
        });
      case 'agree':
        // Without a stamp nothing can be noted, and that it is the same is known until it is looked at again.
        if (!present?.stamp) return undefined;
        return task('ask', () => work.agree(name, group!, present, action.origin));
      case 'fetch':
        return this.#fetchTask(name, group!, action.over);
      case 'share':
        return task('read', async () => {
          const onPart: Parameters<SyncWork['share']>[3] = (part) => tally.onPart(part);
          const step = await work.share(name, present!.kind, action.replaces, onPart);
          if (step) tally.onStep(name, step);
          this.#listPace.onOwnChange();
          this.#isLookDue = true;
        });
      case 'remove':
        return task('ask', async () => {
          const step = await work.remove(name, present?.kind ?? kind);
          if (step) tally.onStep(name, step);
          this.#isLookDue = true;
        });
      case 'withdraw':
        return task('ask', async () => {
          await work.withdraw(name, group!);
          this.#listPace.onOwnChange();
        });
      case 'end':
        return task('ask', async () => {
          const step = await work.end(name, group!);
          if (step) tally.onStep(name, step);
        });
      case 'forget':
        return task('ask', () => noted.remove(name));
      case 'leave':
        tally.onFailure(name, 'left', leftAlone(name, action.why));
        return undefined;
    }
  }

  #fetchTask(name: string, group: ListedItem, over: 'nothing' | 'drop' | 'keep'): ItemTask {
    const { work, tally, turns } = this.#options;
    const fetch = () => work.fetch(name, group, over, (part) => tally.onPart(part));
    const run = async (): Promise<void> => {
      const step = await turns.take(name, fetch);
      if (step) tally.onStep(name, step);
      this.#isLookDue = true;
    };
    return {
      ...{ name, kind: 'fetch', sharer: group.sharer, run: () => this.#run(name, run) },
      isSlow: () => turns.isSlow(name),
      yield: () => turns.yield(name),
    };
  }

  /** What it ends with is told, and tried again later; what concerns all ends all. */
  async #run(name: string, work: () => Promise<unknown>): Promise<void> {
    try {
      await work();
      this.#setAside.delete(name);
      this.#overtaken.delete(name);
    } catch (error) {
      this.#onFailed(name, error);
    } finally {
      this.#options.tally.onOver(name);
    }
  }

  #onFailed(name: string, error: unknown): void {
    const { tally, request, signal, steadyMs, fail } = this.#options;
    if (signal.aborted) return;
    if (!(error instanceof P2pError) || isEnding(error, request)) return fail(error);
    if (OVERTAKEN.has(error.code)) {
      this.#listPace.onOwnChange();
      this.#isLookDue = true;
      const before = this.#overtaken.get(name);
      this.#overtaken.set(name, this.#now(name));
      if (!before || !this.#isAsTried(name, before)) return;
    }
    this.#setAside.set(name, { ...this.#now(name), untilMs: steadyMs() + SYNC_RETRY_MS });
    tally.onFailure(name, 'failed', error);
  }
}

/** What takes something away, or takes its place. */
function needsListOfNow(action: SyncAction): boolean {
  if (action.do === 'share') return action.replaces;
  return action.do === 'remove' || action.do === 'withdraw' || action.do === 'end';
}

function isHere(action: SyncAction): boolean {
  if (action.do === 'nothing') return action.isHere;
  return action.do === 'agree' || action.do === 'withdraw';
}

function leftAlone(name: string, why: 'other' | 'foreign' | 'lost'): P2pError {
  switch (why) {
    case 'other':
      return new StorageError(
        'DESTINATION_EXISTS',
        `something else has the name ${name} here; give it another name, and that of the group comes`,
      );
    case 'foreign':
      return new StorageError(
        'DESTINATION_EXISTS',
        `${name} is a link, or no file, here; give it another name, and that of the group comes`,
      );
    case 'lost':
      return new TrackerError(
        'NO_SUCH_FILE',
        `${name} was shared from here, is gone here, and nobody else serves it; put it back, or end that with \`stop-share\``,
      );
  }
}

function notAtRest(name: string): StorageError {
  return new StorageError(
    'FILE_CHANGED',
    `${name} is being written; it is shared when it is at rest`,
  );
}

function tooMuch(folder: string, going: number, all: number): StorageError {
  return new StorageError(
    'FILE_NOT_FOUND',
    `${going} of ${all} files of ${folder} would go at once, here or from the group, so nothing is removed or ended; run it without --delete, or remove them yourself`,
  );
}
