/**
 * The folders that this client keeps the same as groups: begins each, sees that no two of them meet, and ends them all.
 * Owns which there are.
 */
import { CancelledError, TrackerError, type P2pError } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import { MAX_SYNCS } from '../../net/limits.js';
import { untilAborted } from '../../net/until-aborted.js';
import type { AccountLink } from '../account/account-link.js';
import type { FileNews } from '../account/file-news.js';
import { membershipEnded, type GroupOfBefore, type Memberships } from '../account/memberships.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { SyncProgress, SyncReport, SyncRequest } from '../api/sync.js';
import type { Library } from '../home/library.js';
import type { Account } from '../home/library-records.js';
import { claimFolder, realFolder } from './folder-claim.js';
import { FetchTurns } from './fetch-turns.js';
import { FolderItems } from './folder-items.js';
import { FolderWatch } from './folder-watch.js';
import { hasComeWith } from './item-tables.js';
import { ItemNames } from './item-names.js';
import { NotedItems } from './noted-items.js';
import { SyncLoop } from './sync-loop.js';
import { SyncTally } from './sync-tally.js';
import { SyncWork, type SyncEngine } from './sync-work.js';

export interface SyncsOptions {
  readonly engine: SyncEngine;
  readonly library: () => Promise<Library>;
  readonly link: Pick<AccountLink, 'promptCalls' | 'requireSession' | 'session'>;
  readonly memberships: Pick<Memberships, 'incarnationOf' | 'require'>;
  readonly fileNews: Pick<FileNews, 'follow'>;
  /** Has what the user shares served while a folder is kept the same, whoever has the engine. */
  readonly serveShares: () => Promise<void>;
  /** Of this client, absolute. */
  readonly home: string;
  readonly emit: ClientEventListener;
  readonly nowMs: () => number;
  readonly steadyMs: () => number;
  readonly later: Later;
}

interface RunningSync {
  readonly groupId: string;
  /** Ends it. */
  readonly ended: AbortController;
}

export class Syncs {
  readonly #options: SyncsOptions;
  /** By folder, with what ends each. */
  readonly #running = new Map<string, RunningSync>();
  /** All that were asked for and are not over, each with what ends it: also those that have no folder yet. */
  readonly #under = new Map<Promise<unknown>, AbortController>();
  #isClosed = false;

  constructor(options: SyncsOptions) {
    this.#options = options;
  }

  /** Keeps a folder the same until that is done, or ended. @throws P2pError */
  run(request: SyncRequest, onProgress: (progress: SyncProgress) => void): Promise<SyncReport> {
    const ended = new AbortController();
    const running = this.#run(request, ended, onProgress);
    const settled = running
      .then(
        () => undefined,
        () => undefined,
      )
      .finally(() => this.#under.delete(settled));
    this.#under.set(settled, ended);
    return running;
  }

  /** Ends those of a group: none of what they have under way begins anything there any more. */
  endGroup(groupId: string, reason: P2pError): void {
    for (const running of this.#running.values())
      if (running.groupId === groupId) running.ended.abort(reason);
  }

  /** Ends all of them, and resolves when none is under way. */
  async endAll(reason: P2pError): Promise<void> {
    // Another may be begun meanwhile.
    while (this.#under.size > 0) {
      for (const ended of this.#under.values()) ended.abort(reason);
      await Promise.all(this.#under.keys());
    }
  }

  /** The same, for good. */
  close(): Promise<void> {
    this.#isClosed = true;
    return this.endAll(closing());
  }

  async #run(
    request: SyncRequest,
    ended: AbortController,
    onProgress: (progress: SyncProgress) => void,
  ): Promise<SyncReport> {
    const { link } = this.#options;
    // The tracker may take its time, and whoever ends this waits for it.
    await untilAborted(ended.signal, link.promptCalls());
    const library = await this.#options.library();
    const { account } = link.requireSession();
    const folder = await realFolder(request.folder);
    ended.signal.throwIfAborted();
    if (this.#isClosed) throw closing();
    if (this.#running.size >= MAX_SYNCS) {
      throw new TrackerError(
        'LIMIT_REACHED',
        `${MAX_SYNCS} folders are kept the same already; stop one of them first`,
      );
    }
    const others = [...this.#running.keys()];
    const running = { groupId: request.groupId, ended };
    if (!this.#running.has(folder)) this.#running.set(folder, running);
    try {
      await this.#claim(library, account, folder, request.groupId, others);
      return await this.#keep(library, account, { ...request, folder }, ended, onProgress);
    } finally {
      if (this.#running.get(folder) === running) this.#running.delete(folder);
    }
  }

  async #claim(
    library: Library,
    account: Account,
    folder: string,
    groupId: string,
    others: readonly string[],
  ): Promise<void> {
    const { home } = this.#options;
    const shares = library.sharesOf(account).filter(({ isFolder }) => isFolder);
    await claimFolder(folder, {
      ...{ groupId, others },
      home: await realFolder(home),
      sharedFolders: shares.map(({ path }) => path),
      isKnown: (known) => library.synced.list(account, { groupId, folder: known }).length > 0,
      forget: (known) => library.synced.removeAll(account, { groupId, folder: known }),
    });
  }

  async #keep(
    library: Library,
    account: Account,
    request: SyncRequest,
    ended: AbortController,
    onProgress: (progress: SyncProgress) => void,
  ): Promise<SyncReport> {
    const { engine, emit, nowMs, steadyMs, later, fileNews } = this.#options;
    const { groupId, folder, isOnce, timeoutMs, only = [], exclude = [] } = request;
    const signal = request.signal ? AbortSignal.any([request.signal, ended.signal]) : ended.signal;
    const incarnation = await untilAborted(signal, this.#incarnationOf(groupId));
    // Others take from here what this folder has, also when nothing else runs for this home.
    if (!isOnce) await untilAborted(signal, this.#options.serveShares());
    const noted = new NotedItems(library, account, { groupId, folder }, incarnation);
    const names = new ItemNames({ only, exclude });
    const which = { groupId, folder };
    const hasCome = (name: string, path: string): boolean =>
      hasComeWith(library, account, which, name, path);
    const items = new FolderItems({ folder, groupId, names, exclude, hasCome, signal });
    const what = { groupId, folder, exclude, timeoutMs };
    const turns = new FetchTurns(engine, steadyMs);
    const work = new SyncWork({
      engine: turns.engine,
      library,
      account,
      ...what,
      noted,
      items,
      signal,
    });
    const tally = new SyncTally({ groupId, folder, emit, onProgress, steadyMs, nowMs });
    const list = () => this.#list(account, { groupId, incarnation });
    const fail = (error: unknown): void => ended.abort(error);
    const parts = { request, list, names, items, noted, work, turns, tally };
    const loop = new SyncLoop({ ...parts, signal, fail, steadyMs, later });
    if (isOnce) return loop.run();
    const watch = new FolderWatch(folder, (name) => loop.onFolderChanged(name));
    const stop = fileNews.follow(groupId, () => loop.onGroupChanged());
    loop.watchBy(watch);
    try {
      return await loop.run();
    } finally {
      stop();
      watch.close();
    }
  }

  /** As who has begun it: another user may be logged in by now, and the name may be that of another group. */
  async #list(account: Account, group: GroupOfBefore): ReturnType<SyncEngine['listFiles']> {
    const { link, engine, memberships } = this.#options;
    const now = link.session?.account;
    if (now && (now.userId !== account.userId || now.trackerId !== account.trackerId)) {
      throw new TrackerError('NOT_LOGGED_IN', `${account.userId} is not logged in here any more`);
    }
    const rows = await engine.listFiles(group.groupId);
    memberships.require(group);
    return rows;
  }

  async #incarnationOf(groupId: string): Promise<string> {
    const { memberships, engine } = this.#options;
    const known = memberships.incarnationOf(groupId);
    if (known !== undefined) return known;
    // The tracker says best why not.
    await engine.listFiles(groupId);
    const now = memberships.incarnationOf(groupId);
    if (now === undefined) throw membershipEnded(groupId, 'removed');
    return now;
  }
}

function closing(): CancelledError {
  return new CancelledError('the client is closing; run the same command to go on', 'TERMINATED');
}
