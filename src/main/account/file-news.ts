/**
 * Tells whoever follows a group when the list of its files may have changed: by what the tracker pushes, and whenever
 * its connection is back. A tracker of before pushes nothing, and then it is said now and then.
 *
 * Life of each: followed (asked) → told → ended.
 */
import { P2pError } from '../../net/errors.js';
import { FILES_CHANGED_SPREAD_MS, SYNC_UNTOLD_LIST_MS } from '../../net/limits.js';
import type { Later } from '../../net/later.js';
import type { TrackerCalls } from '../tracker-link/tracker-calls.js';
import type { AccountLink } from './account-link.js';
import type { BackgroundWork } from './background-work.js';

export interface FileNewsOptions {
  readonly link: Pick<AccountLink, 'calls' | 'isConnected'>;
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly later: Later;
  /** A number in [0, 1). */
  readonly random: () => number;
}

interface Followed {
  readonly listeners: Set<() => void>;
  /** The tracker pushes nothing of it. */
  isUntold: boolean;
  /** Takes back what is to be told later. */
  takeBack: (() => void) | undefined;
}

export class FileNews {
  readonly #options: FileNewsOptions;
  /** By group; none without listeners. */
  readonly #followed = new Map<string, Followed>();

  constructor(options: FileNewsOptions) {
    this.#options = options;
  }

  /** Calls back until the answered function is called; before the first call nothing may be missed. */
  follow(groupId: string, listener: () => void): () => void {
    const followed = this.#followed.get(groupId) ?? this.#begin(groupId);
    const own = (): void => listener();
    followed.listeners.add(own);
    return () => this.#end(groupId, followed, own);
  }

  /** The tracker says that it has changed. */
  onPush(groupId: string): void {
    const followed = this.#followed.get(groupId);
    if (!followed || followed.takeBack) return;
    // Not all who follow it ask for the list at the same moment.
    this.#tellLater(followed, this.#options.random() * FILES_CHANGED_SPREAD_MS);
  }

  /** There is a new session, which follows nothing yet, and something may have been missed. */
  async onTrackerBack(calls: TrackerCalls): Promise<void> {
    for (const [groupId, followed] of this.#followed) {
      await this.#ask(calls, groupId, followed);
      this.#tell(followed);
    }
  }

  #begin(groupId: string): Followed {
    const followed: Followed = { listeners: new Set(), isUntold: false, takeBack: undefined };
    this.#followed.set(groupId, followed);
    const { link, background } = this.#options;
    background.run(async () => {
      try {
        await this.#ask(await link.calls(), groupId, followed);
        // What was changed between the first list and this moment.
        if (!followed.isUntold) this.#tell(followed);
      } catch (error) {
        // When the tracker is lost on the way, its return asks again.
        if (!(error instanceof P2pError)) throw error;
      }
    });
    return followed;
  }

  async #ask(calls: TrackerCalls, groupId: string, followed: Followed): Promise<void> {
    try {
      await calls.call('followFiles', { groupId });
      followed.isUntold = false;
    } catch (error) {
      if (!(error instanceof P2pError) || !isRefusal(error)) throw error;
      followed.isUntold = true;
      if (this.#followed.has(groupId) && !followed.takeBack)
        this.#tellLater(followed, SYNC_UNTOLD_LIST_MS);
    }
  }

  #tellLater(followed: Followed, waitMs: number): void {
    followed.takeBack = this.#options.later(waitMs, () => {
      followed.takeBack = undefined;
      this.#tell(followed);
      if (followed.isUntold) this.#tellLater(followed, SYNC_UNTOLD_LIST_MS);
    });
  }

  #tell({ listeners }: Followed): void {
    for (const listener of [...listeners]) listener();
  }

  #end(groupId: string, followed: Followed, listener: () => void): void {
    if (!followed.listeners.delete(listener) || followed.listeners.size > 0) return;
    followed.takeBack?.();
    if (this.#followed.get(groupId) === followed) this.#followed.delete(groupId);
    const { link, background } = this.#options;
    if (!link.isConnected || followed.isUntold) return;
    background.run(async () => {
      await (await link.calls()).call('unfollowFiles', { groupId });
    });
  }
}

/** Of a tracker of before, or of one that has too much to tell; whether the user may know shows in the list. */
function isRefusal({ code }: P2pError): boolean {
  return ['BAD_REQUEST', 'LIMIT_REACHED', 'NOT_A_MEMBER', 'NO_SUCH_GROUP'].includes(code);
}
