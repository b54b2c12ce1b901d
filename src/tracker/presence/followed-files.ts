/**
 * Which session follows the list of files of which group, and who is told when it has changed: gathered for a moment,
 * then told to so many sessions at a time. That it has changed is all that is told; what it is now is asked for. Never
 * judges who may follow: whoever adds one did, and removes it when that ends.
 */
import { TrackerError } from '../../net/errors.js';
import {
  FILES_CHANGED_PUSH_DELAY_MS,
  FOLLOWERS_TOLD_AT_ONCE,
  MAX_FOLLOWED_PER_SESSION,
  WATCHES_PAUSE_MS,
} from '../../net/limits.js';
import { Notice } from '../notice.js';

/** A session as far as following concerns it. */
export interface Follower {
  tell(notice: Notice<'filesChanged'>): void;
}

/** Calls back once after so many milliseconds; returns what cancels it. */
type Delay = (callback: () => void, delayMs: number) => () => void;

export class FollowedFiles<F extends Follower = Follower> {
  readonly #delay: Delay;
  /** By group; none without followers. */
  readonly #followers = new Map<string, Set<F>>();
  readonly #byFollower = new Map<F, Set<string>>();
  /** Groups whose followers are to be told again: they wait here until `#due` is empty. */
  readonly #changed = new Set<string>();
  /** Each follower at most once for each group that it follows. */
  #due: (readonly [F, string, Notice<'filesChanged'>])[] = [];
  #cancel: (() => void) | undefined;

  constructor(delay: Delay) {
    this.#delay = delay;
  }

  /** @throws TrackerError LIMIT_REACHED */
  add(follower: F, groupId: string): void {
    const groups = this.#byFollower.get(follower) ?? new Set<string>();
    if (!groups.has(groupId) && groups.size >= MAX_FOLLOWED_PER_SESSION)
      throw new TrackerError('LIMIT_REACHED', 'too many groups are followed; let go of some');
    groups.add(groupId);
    this.#byFollower.set(follower, groups);
    this.#followers.set(groupId, (this.#followers.get(groupId) ?? new Set<F>()).add(follower));
  }

  remove(follower: F, groupId: string): void {
    const groups = this.#byFollower.get(follower);
    if (!groups?.delete(groupId)) return;
    if (groups.size === 0) this.#byFollower.delete(follower);
    const followers = this.#followers.get(groupId);
    followers?.delete(follower);
    if (followers?.size === 0) this.#followers.delete(groupId);
  }

  /** Ends all that a session follows, or one group. */
  removeAll(follower: F, groupId?: string): void {
    for (const id of [...(this.#byFollower.get(follower) ?? [])])
      if (groupId === undefined || id === groupId) this.remove(follower, id);
  }

  /** The list of files of a group is another one. */
  onChanged(groupId: string): void {
    if (!this.#followers.has(groupId)) return;
    this.#changed.add(groupId);
    this.#cancel ??= this.#delay(() => this.#onGathered(), FILES_CHANGED_PUSH_DELAY_MS);
  }

  /** Forgets everything; nothing is pushed afterwards. */
  close(): void {
    this.#cancel?.();
    this.#cancel = undefined;
    this.#followers.clear();
    this.#byFollower.clear();
    this.#changed.clear();
    this.#due = [];
  }

  #onGathered(): void {
    for (const groupId of this.#changed) {
      const notice = new Notice('filesChanged', { groupId });
      for (const follower of this.#followers.get(groupId) ?? [])
        this.#due.push([follower, groupId, notice]);
    }
    this.#changed.clear();
    this.#tellSome();
  }

  #tellSome(): void {
    this.#cancel = undefined;
    for (const [follower, groupId, notice] of this.#due.splice(0, FOLLOWERS_TOLD_AT_ONCE)) {
      // It may have ended since.
      if (this.#byFollower.get(follower)?.has(groupId)) follower.tell(notice);
    }
    if (this.#due.length > 0) {
      this.#cancel = this.#delay(() => this.#tellSome(), WATCHES_PAUSE_MS);
    } else if (this.#changed.size > 0) {
      this.#cancel = this.#delay(() => this.#onGathered(), FILES_CHANGED_PUSH_DELAY_MS);
    }
  }
}
