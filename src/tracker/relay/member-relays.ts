/**
 * The connections of members who relay, by user. Which of them are asked for is up to the caller, who names
 * the members of a group in turn, and so is who may be relayed by whom. Pure but for whose turn it is.
 */
import { MAX_RELAY_MEMBERS_LOOKED_AT, MAX_RELAYS_LOOKED_AT } from '../../net/limits.js';

export class MemberRelays<Session extends object> {
  readonly #users = new Map<Session, string>();
  /** User → connections, the one that was looked at longest ago first; no user without any. */
  readonly #sessions = new Map<string, Set<Session>>();

  get count(): number {
    return this.#users.size;
  }

  /** A connected device relays for its user from now on, or, without one, not any more. */
  set(session: Session, userId: string | undefined): void {
    const before = this.#users.get(session);
    if (before === userId) return;
    if (before !== undefined) this.#remove(session, before);
    if (userId === undefined) return;
    this.#users.set(session, userId);
    this.#sessions.set(userId, (this.#sessions.get(userId) ?? new Set()).add(session));
  }

  /**
   * The first connection of these users of which something fitting is found. Of one user those come first
   * that were looked at longest ago, whether they fitted or not.
   */
  choose<Found>(
    userIds: Iterable<string>,
    fit: (session: Session, userId: string) => Found | undefined,
  ): Found | undefined {
    let [members, relays] = [MAX_RELAY_MEMBERS_LOOKED_AT, MAX_RELAYS_LOOKED_AT];
    for (const userId of userIds) {
      const sessions = this.#sessions.get(userId) ?? new Set();
      for (const session of [...sessions]) {
        sessions.delete(session);
        sessions.add(session);
        const found = fit(session, userId);
        if (found !== undefined) return found;
        if (--relays === 0) return undefined;
      }
      if (--members === 0) return undefined;
    }
    return undefined;
  }

  #remove(session: Session, userId: string): void {
    this.#users.delete(session);
    const sessions = this.#sessions.get(userId);
    sessions?.delete(session);
    if (sessions?.size === 0) this.#sessions.delete(userId);
  }
}
