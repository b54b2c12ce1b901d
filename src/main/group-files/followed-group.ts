/**
 * One group whose files are followed: asks for their list when the tracker says that it may have changed, and tells
 * what is different. A long list is asked for less often (ListPace). Owns what was seen last.
 *
 *   looking → resting ⇄ (waiting →) looking … → ended
 */
import { deferred, leaveToWaiters } from '../../net/deferred.js';
import { crash, detach } from '../../net/detach.js';
import { P2pError } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import { SYNC_TRACKER_RETRY_MS } from '../../net/limits.js';
import type { FileRow } from '../../net/tracker-api.js';
import type { FileNews } from '../account/file-news.js';
import type { ClientEventListener } from '../api/client-events.js';
import { ListPace } from '../sync/list-pace.js';
import { fileChanges, seenFiles, type SeenFiles } from './file-changes.js';

export interface FollowedGroupOptions {
  readonly listFiles: (groupId: string) => Promise<readonly FileRow[]>;
  readonly fileNews: Pick<FileNews, 'follow'>;
  readonly emit: ClientEventListener;
  readonly later: Later;
  readonly steadyMs: () => number;
}

type State =
  | { readonly kind: 'resting' }
  | { readonly kind: 'waiting'; readonly takeBack: () => void }
  | { readonly kind: 'looking' }
  | { readonly kind: 'ended' };

export class FollowedGroup {
  readonly #options: FollowedGroupOptions;
  readonly #groupId: string;
  readonly #pace = new ListPace();
  readonly #listed = deferred<void>();
  readonly #ended = deferred<never>();
  readonly #unfollow: () => void;
  #state: State = { kind: 'resting' };
  #seen: SeenFiles | undefined;

  constructor(groupId: string, options: FollowedGroupOptions) {
    this.#groupId = groupId;
    this.#options = options;
    leaveToWaiters(this.#listed.promise);
    leaveToWaiters(this.#ended.promise);
    this.#unfollow = options.fileNews.follow(groupId, () => this.#onMayHaveChanged());
    this.#schedule();
  }

  /** How many files it has, as far as that is known. */
  get fileCount(): number {
    return this.#seen?.size ?? 0;
  }

  /** Resolves once the list is known, from when on every change is told. @throws P2pError when it cannot be had */
  get listed(): Promise<void> {
    return this.#listed.promise;
  }

  /** Rejects with the reason for which it is followed no more. */
  get ended(): Promise<never> {
    return this.#ended.promise;
  }

  /** Follows it no more. Idempotent. */
  end(reason: P2pError): void {
    if (this.#state.kind === 'ended') return;
    if (this.#state.kind === 'waiting') this.#state.takeBack();
    this.#state = { kind: 'ended' };
    this.#unfollow();
    this.#listed.reject(reason);
    this.#ended.reject(reason);
  }

  #onMayHaveChanged(): void {
    this.#pace.onChanged();
    this.#schedule();
  }

  #schedule(): void {
    if (this.#state.kind !== 'resting') return;
    const waitMs = this.#pace.waitMs(this.#options.steadyMs());
    if (waitMs === undefined) return;
    if (waitMs > 0) return this.#wait(waitMs);
    this.#state = { kind: 'looking' };
    this.#pace.onAsked();
    detach(() => this.#look(), crash);
  }

  #wait(waitMs: number): void {
    const takeBack = this.#options.later(waitMs, () => {
      this.#state = { kind: 'resting' };
      this.#schedule();
    });
    this.#state = { kind: 'waiting', takeBack };
  }

  async #look(): Promise<void> {
    try {
      this.#onListed(await this.#options.listFiles(this.#groupId));
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      this.#onRefused(error);
    }
  }

  #onListed(rows: readonly FileRow[]): void {
    if (this.#state.kind !== 'looking') return;
    this.#state = { kind: 'resting' };
    this.#pace.onListed(rows.length, this.#options.steadyMs());
    const before = this.#seen;
    this.#seen = seenFiles(rows);
    if (before === undefined) this.#listed.resolve();
    else for (const change of fileChanges(this.#groupId, before, rows)) this.#options.emit(change);
    this.#schedule();
  }

  /** What passes is waited for, unless nobody knows the list yet: then whoever asked hears of it. */
  #onRefused(error: P2pError): void {
    if (this.#state.kind !== 'looking') return;
    if (this.#seen === undefined || isForGood(error)) return this.end(error);
    this.#pace.onOwnChange();
    this.#wait(SYNC_TRACKER_RETRY_MS);
  }
}

function isForGood({ code }: P2pError): boolean {
  return ['NOT_A_MEMBER', 'NO_SUCH_GROUP', 'NOT_LOGGED_IN', 'ACCOUNT_DISABLED'].includes(code);
}
