/**
 * The sessions that are logged in, by user and by group, so that a push reaches those who
 * belong without asking the store. Mirrors memberships of online users only; whoever changes
 * a membership says so here in the same turn.
 */
import { bug, TrackerError } from '../../net/errors.js';
import {
  MAX_SESSIONS_PER_USER,
  USER_MESSAGES_BURST,
  USER_MESSAGES_PER_SECOND,
} from '../../net/limits.js';
import { TokenBucket } from '../../net/token-bucket.js';
import type { TrackerNotification, TrackerNotifications } from '../../net/tracker-api.js';
import { Notice } from '../notice.js';

export const TOO_OFTEN = 'you are connected too often; close some clients';

/** A session as far as pushing concerns it. */
export interface PushTarget {
  tell(notice: Notice): void;
}

interface OnlineUser<S> {
  readonly sessions: Set<S>;
  readonly groups: Set<string>;
  /** What all of them together may send. */
  readonly messages: TokenBucket;
}

export class SessionRegistry<S extends PushTarget> {
  /** No user without sessions. */
  readonly #users = new Map<string, OnlineUser<S>>();
  /** Group → its online members; no group without any. */
  readonly #groups = new Map<string, Set<string>>();
  readonly #steadyMs: () => number;
  #count = 0;

  /** `steadyMs`: a clock that nobody sets. */
  constructor(steadyMs: () => number) {
    this.#steadyMs = steadyMs;
  }

  /** Sessions that are logged in. */
  get count(): number {
    return this.#count;
  }

  /** All that are logged in now. */
  all(): S[] {
    return [...this.#users.values()].flatMap(({ sessions }) => [...sessions]);
  }

  /** @throws TrackerError LIMIT_REACHED when the user has as many sessions as allowed. */
  checkRoom(userId: string): void {
    if (!this.hasRoom(userId)) throw new TrackerError('LIMIT_REACHED', TOO_OFTEN);
  }

  /** True when the user may have one more session. */
  hasRoom(userId: string): boolean {
    return (this.#users.get(userId)?.sessions.size ?? 0) < MAX_SESSIONS_PER_USER;
  }

  /** Adds a session of a user who belongs to these groups. */
  add(session: S, userId: string, groupIds: Iterable<string>): void {
    const user = this.#users.get(userId) ?? this.#addUser(userId);
    if (!user.sessions.has(session)) this.#count++;
    user.sessions.add(session);
    for (const groupId of groupIds) this.onJoined(userId, groupId);
  }

  /** The bucket of messages that the connections of an online user share. */
  messagesOf(userId: string): TokenBucket {
    return this.#users.get(userId)?.messages ?? bug(`${userId} is not online`);
  }

  remove(session: S, userId: string): void {
    const user = this.#users.get(userId);
    if (!user?.sessions.delete(session)) return;
    this.#count--;
    if (user.sessions.size > 0) return;
    for (const groupId of [...user.groups]) this.onParted(userId, groupId);
    this.#users.delete(userId);
  }

  /** A user has become a member of a group. */
  onJoined(userId: string, groupId: string): void {
    const user = this.#users.get(userId);
    if (!user) return;
    user.groups.add(groupId);
    this.#groups.set(groupId, (this.#groups.get(groupId) ?? new Set()).add(userId));
  }

  /** A user is no longer a member of a group. */
  onParted(userId: string, groupId: string): void {
    this.#users.get(userId)?.groups.delete(groupId);
    const members = this.#groups.get(groupId);
    members?.delete(userId);
    if (members?.size === 0) this.#groups.delete(groupId);
  }

  /**
   * The online members of a group, each once. Who was named before, in this walk or an earlier one, comes
   * behind all the others, so that walks that end early get round.
   */
  *membersInTurn(groupId: string): Iterable<string> {
    const members = this.#groups.get(groupId);
    let left = members?.size ?? 0;
    for (const userId of members ?? []) {
      if (left-- === 0) return;
      members?.delete(userId);
      members?.add(userId);
      yield userId;
    }
  }

  /** The sessions of a user. */
  ofUser(userId: string): S[] {
    return [...(this.#users.get(userId)?.sessions ?? [])];
  }

  /** Tells every session of a user. */
  pushToUser<N extends TrackerNotification>(
    userId: string,
    name: N,
    params: TrackerNotifications[N],
  ): void {
    this.#tellUser(userId, new Notice(name, params));
  }

  /** Tells every session of every online member of a group. */
  pushToGroup<N extends TrackerNotification>(
    groupId: string,
    name: N,
    params: TrackerNotifications[N],
  ): void {
    const notice = new Notice(name, params);
    for (const userId of this.#groups.get(groupId) ?? []) this.#tellUser(userId, notice);
  }

  #tellUser(userId: string, notice: Notice): void {
    for (const session of this.ofUser(userId)) session.tell(notice);
  }

  #addUser(userId: string): OnlineUser<S> {
    const messages = new TokenBucket(
      USER_MESSAGES_BURST,
      USER_MESSAGES_PER_SECOND,
      this.#steadyMs(),
    );
    const user = { sessions: new Set<S>(), groups: new Set<string>(), messages };
    this.#users.set(userId, user);
    return user;
  }
}
