/**
 * Tells whoever follows a group when the list of its files may have changed: by what the tracker pushes, and whenever
 * its connection is back. While the tracker does not say that it will push, it is said now and then, and asked again.
 *
 * Life of each: followed (asked) → told ⇄ untold (asked again) → ended.
 */
import { P2pError } from '../../net/errors.js';
import {
  FILES_CHANGED_SPREAD_MS,
  SYNC_TRACKER_RETRY_MS,
  SYNC_UNTOLD_LIST_MS,
} from '../../net/limits.js';
import type { Later } from '../../net/later.js';
import type { AccountLink } from './account-link.js';
import type { BackgroundWork } from './background-work.js';

export interface FileNewsOptions {
  readonly link: Pick<AccountLink, 'calls' | 'isConnected'>;
  readonly background: Pick<BackgroundWork, 'run'>;
  readonly later: Later;
  /** A number in [0, 1). */
  readonly random: () => number;
}

/** `told`, or about to be; `untold`: nothing may be pushed until it is asked for again, which `takeBack` takes back. */
type Hearing =
  { readonly state: 'told' } | { readonly state: 'untold'; readonly takeBack: () => void };

interface Followed {
  readonly listeners: Set<() => void>;
  hearing: Hearing;
  /** Takes back what is to be told in a moment. */
  takeBack: (() => void) | undefined;
  /** Since its listeners were told while nothing was pushed. */
  untoldMs: number;
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
    const waitMs = this.#options.random() * FILES_CHANGED_SPREAD_MS;
    followed.takeBack = this.#options.later(waitMs, () => this.#tell(followed));
  }

  /** There is a new session, which follows nothing yet, and something may have been missed. */
  onTrackerBack(): void {
    for (const [groupId, followed] of this.#followed) this.#ask(groupId, followed);
  }

  /** The user is in the group from now on: what ended with an earlier membership is to be asked for again. */
  onMember(groupId: string): void {
    const followed = this.#followed.get(groupId);
    if (followed) this.#ask(groupId, followed);
  }

  #begin(groupId: string): Followed {
    const hearing: Hearing = { state: 'told' };
    const followed: Followed = { listeners: new Set(), hearing, takeBack: undefined, untoldMs: 0 };
    this.#followed.set(groupId, followed);
    this.#ask(groupId, followed);
    return followed;
  }

  #ask(groupId: string, followed: Followed): void {
    const { link, background } = this.#options;
    background.run(async () => {
      try {
        await (await link.calls()).call('followFiles', { groupId });
      } catch (error) {
        if (!(error instanceof P2pError)) throw error;
        this.#onUntold(groupId, followed, waitAfter(error));
        return;
      }
      this.#setHearing(followed, { state: 'told' });
      followed.untoldMs = 0;
      // What was changed between the list before and this moment.
      this.#tell(followed);
    });
  }

  /** Tells now and then, whatever has changed, and asks again after a wait. */
  #onUntold(groupId: string, followed: Followed, waitMs: number): void {
    if (this.#followed.get(groupId) !== followed) return;
    const takeBack = this.#options.later(waitMs, () => {
      followed.untoldMs += waitMs;
      if (followed.untoldMs >= SYNC_UNTOLD_LIST_MS) {
        followed.untoldMs = 0;
        this.#tell(followed);
      }
      this.#ask(groupId, followed);
    });
    this.#setHearing(followed, { state: 'untold', takeBack });
  }

  #setHearing(followed: Followed, hearing: Hearing): void {
    if (followed.hearing.state === 'untold') followed.hearing.takeBack();
    followed.hearing = hearing;
  }

  #tell(followed: Followed): void {
    followed.takeBack?.();
    followed.takeBack = undefined;
    for (const listener of [...followed.listeners]) listener();
  }

  #end(groupId: string, followed: Followed, listener: () => void): void {
    if (!followed.listeners.delete(listener) || followed.listeners.size > 0) return;
    const isTold = followed.hearing.state === 'told';
    followed.takeBack?.();
    this.#setHearing(followed, { state: 'told' });
    if (this.#followed.get(groupId) === followed) this.#followed.delete(groupId);
    const { link, background } = this.#options;
    if (!link.isConnected || !isTold) return;
    background.run(async () => {
      await (await link.calls()).call('unfollowFiles', { groupId });
    });
  }
}

/** A tracker of before, or one that has too much to tell, says so again; whatever else has happened passes. */
function waitAfter({ code }: P2pError): number {
  const isRefusal = ['BAD_REQUEST', 'LIMIT_REACHED', 'NOT_A_MEMBER', 'NO_SUCH_GROUP'].includes(
    code,
  );
  return isRefusal ? SYNC_UNTOLD_LIST_MS : SYNC_TRACKER_RETRY_MS;
}
