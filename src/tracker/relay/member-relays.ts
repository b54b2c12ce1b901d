/**
 * The connections of members who relay, the least lately chosen first. Who may be relayed by whom is its
 * caller's to judge. Pure but for that order.
 */
import { MAX_RELAYS_LOOKED_AT } from '../../net/limits.js';

export class MemberRelays<Session extends object> {
  readonly #sessions = new Set<Session>();

  get count(): number {
    return this.#sessions.size;
  }

  /** A connected device relays from now on, or not any more. */
  set(session: Session, isRelaying: boolean): void {
    if (!isRelaying) this.#sessions.delete(session);
    else this.#sessions.add(session);
  }

  /** The first one of which something fitting is found; it is the last one to be looked at next time. */
  choose<Found>(fit: (session: Session) => Found | undefined): Found | undefined {
    let left = MAX_RELAYS_LOOKED_AT;
    for (const session of this.#sessions) {
      if (left-- === 0) return undefined;
      const found = fit(session);
      if (found === undefined) continue;
      this.#sessions.delete(session);
      this.#sessions.add(session);
      return found;
    }
    return undefined;
  }
}
