/**
 * Keeps one folder the same as a group: looks at both, plans, has the plan carried out, and waits for the next change.
 * Owns when it looks and what it has seen; each item is decided by sync-plan.ts and worked on by sync-work.ts.
 *
 *   looking → working → (waiting → looking …) → ended
 */
import { P2pError } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import {
  MAX_DOWNLOADS_AT_A_TIME,
  MAX_SYNC_SETTLING_LOOKS,
  MAX_SYNC_SHARES_AT_A_TIME,
  SYNC_GATHER_MS,
  SYNC_LOOK_PAUSE_FACTOR,
  SYNC_QUIET_MS,
  SYNC_RESCAN_MS,
  SYNC_TRACKER_RETRY_MS,
} from '../../net/limits.js';
import type { FileRow } from '../../net/tracker-api.js';
import type { SyncReport, SyncRequest } from '../api/sync.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { AtRest } from './at-rest.js';
import type { FetchTurns } from './fetch-turns.js';
import type { FolderItems, SeenFolder } from './folder-items.js';
import type { FolderWatch } from './folder-watch.js';
import { GoneItems } from './gone-items.js';
import { groupItemsOf, type GroupItems, type ListedItem } from './group-items.js';
import { localItemOf, needsShared } from './item-facts.js';
import { isWorthALook, type ItemNames } from './item-names.js';
import { ItemTasks, type ItemTask } from './item-tasks.js';
import { ListPace } from './list-pace.js';
import { notedOf, type NotedItems } from './noted-items.js';
import { OVERTAKEN, PASSING, isEnding } from './sync-failures.js';
import { isEnd, isHere, needsListOfNow, planItem, type SyncAction } from './sync-plan.js';
import type { SyncTally } from './sync-tally.js';
import { leftAlone, notAtRest, passedOver, tooMuch } from './sync-reasons.js';
import type { SyncStep, SyncWork } from './sync-work.js';
import { TriedItems, type ItemAsTried } from './tried-items.js';
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

export class SyncLoop {
  readonly #options: SyncLoopOptions;
  readonly #wakeUp: WakeUp;
  readonly #tasks: ItemTasks;
  readonly #atRest = new AtRest();
  readonly #gone = new GoneItems();
  /** So much would go that nothing does; that was told. */
  #isHoldingBack = false;
  #group: GroupItems = { items: new Map(), passedOver: new Set() };
  #seen: SeenFolder | undefined;
  readonly #tried: TriedItems;
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
    this.#tried = new TriedItems((name) => this.#now(name), options.steadyMs);
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
        const { names, noted } = this.#options;
        const rows = await list();
        this.#group = groupItemsOf(rows, names, (name) => noted.get(name) !== undefined);
        turns.order.keepOnly(this.#group.items);
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

  /** Has all planned that is not under way; answers what is to be at rest first. */
  #plan(): readonly string[] {
    const { noted, tally, turns } = this.#options;
    const { items, passedOver: over } = this.#group;
    const names = new Set([...items.keys(), ...noted.names(), ...this.#seen!.items.keys()]);
    const tasks: ItemTask[] = [];
    const endings: ItemTask[] = [];
    const going = new Set<string>();
    const settling: string[] = [];
    const counts = { files: 0, here: 0, toFetch: 0, toShare: 0, bytes: 0 };
    for (const name of names) {
      if (over.has(name)) continue;
      const group = items.get(name);
      const action = this.#actionFor(name);
      if (group && !(action.do === 'nothing' && !action.isHere)) counts.files++;
      if (isHere(action)) counts.here++;
      if (isEnd(action)) going.add(name);
      if (action.do === 'settle') settling.push(name);
      if (!this.#mayBegin(name, action)) continue;
      if (action.do === 'fetch') {
        counts.toFetch++;
        counts.bytes += group!.size;
      } else if (action.do === 'share') counts.toShare++;
      const task = this.#taskFor(name, action);
      if (task) (isEnd(action) ? endings : tasks).push(task);
    }
    if (this.#mayGo(going)) tasks.push(...endings);
    for (const name of [...over].slice(0, 1)) tally.onFailure(name, 'left', passedOver(name));
    tally.onPlanned({ ...counts, toShare: counts.toShare + settling.length });
    const isServed = (name: string): boolean => items.get(name)?.hasSources === true;
    this.#tasks.plan(turns.order.sorted(tasks, isServed));
    this.#tasks.yieldSlow();
    return this.#unlessInVain(settling);
  }

  /** What is to be at rest first; whoever waits for the end does not wait for ever. */
  #unlessInVain(settling: readonly string[]): readonly string[] {
    const { tally, request } = this.#options;
    if (settling.length === 0 || !request.isOnce) return settling;
    if (++this.#settlingLooks <= MAX_SYNC_SETTLING_LOOKS) return settling;
    for (const name of settling) tally.onFailure(name, 'failed', notAtRest(name));
    return [];
  }

  /** When too much would go, nothing does; the rest goes on. */
  #mayGo(going: ReadonlySet<string>): boolean {
    const { noted, tally, request, steadyMs } = this.#options;
    const found = this.#gone.tooMuch(going, noted.agreed(), steadyMs());
    const [first] = going;
    if (found && first !== undefined && !this.#isHoldingBack)
      tally.onFailure(first, 'left', tooMuch(request.folder, found.going, found.all));
    this.#isHoldingBack = found !== undefined;
    return !found;
  }

  #mayBegin(name: string, action: SyncAction): boolean {
    if (this.#tasks.isBusy(name) || this.#tried.isSetAside(name)) return false;
    // Others would feel it, and what they have is not known: the list comes first.
    return this.#isListOfNow || !needsListOfNow(action);
  }

  #actionFor(name: string): SyncAction {
    const { request, work, noted: known, steadyMs } = this.#options;
    const way = { isBoth: request.isBoth === true, isDeleting: request.isDeleting === true };
    const group = this.#group.items.get(name);
    const noted = known.get(name);
    const local = localItemOf(this.#seen?.items.get(name), {
      ...{ name, group, noted, ignored: this.#seen?.ignored },
      isAtRest: this.#atRest.isAtRest(name, steadyMs()),
      compared: this.#tried.verdictOf(name),
    });
    const shared = needsShared(group, local) ? work.sharedAs(name) : undefined;
    return planItem({ group, noted: notedOf(noted), local, shared }, way);
  }

  #now(name: string): ItemAsTried {
    const item = this.#seen?.items.get(name);
    const stamp = item && item.kind !== 'foreign' ? item.stamp : undefined;
    return { fileId: this.#group.items.get(name)?.fileId, stamp };
  }

  #taskFor(name: string, action: SyncAction): ItemTask | undefined {
    const { work, tally, request } = this.#options;
    const group = this.#group.items.get(name);
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
          await this.#tried.compare(name, () => work.compare(name, group!));
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
          if (step) this.#onGone(name, step);
          this.#isLookDue = true;
        });
      case 'withdraw':
        return task('ask', async () => {
          if (await work.withdraw(name, group!)) this.#gone.onGone(name, this.#options.steadyMs());
          this.#listPace.onOwnChange();
        });
      case 'end':
        return task('ask', async () => {
          const step = await work.end(name, group!);
          if (step) this.#onGone(name, step);
        });
      case 'forget':
        return task('ask', () => work.forget(name));
      case 'leave':
        tally.onFailure(name, 'left', leftAlone(name, action.why));
        return undefined;
    }
  }

  #onGone(name: string, step: SyncStep): void {
    this.#gone.onGone(name, this.#options.steadyMs());
    this.#options.tally.onStep(name, step);
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
      this.#tried.onWell(name);
    } catch (error) {
      this.#onFailed(name, error);
    } finally {
      this.#options.tally.onOver(name);
    }
  }

  #onFailed(name: string, error: unknown): void {
    const { tally, request, signal, fail } = this.#options;
    if (signal.aborted) return;
    if (!(error instanceof P2pError) || isEnding(error, request)) return fail(error);
    if (OVERTAKEN.has(error.code)) {
      this.#listPace.onOwnChange();
      this.#isLookDue = true;
      if (!this.#tried.onOvertaken(name)) return;
    }
    this.#tried.onFailed(name);
    tally.onFailure(name, 'failed', error);
  }
}
