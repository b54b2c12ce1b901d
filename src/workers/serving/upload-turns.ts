/**
 * Whose turn it is under an upload limit: users by what they were sent, the one with least first, and
 * within a user the sessions in turn. However many sessions or devices somebody has, and however small
 * their requests are, they get what one user gets. Pure.
 *
 * Start-time fair queueing: a user's account rises by what is sent, and one who was away begins where
 * the others are, so that nobody saves up turns.
 */
import { SMALL_REQUEST_BYTES } from '../../net/limits.js';

/** What a turn needs to know of a session. */
export interface TurnTaker {
  readonly hasRoom: boolean;
  readonly requests: readonly unknown[];
}

interface UserTurns<Session> {
  /** In the order of their last service: the first has waited longest. */
  readonly sessions: Set<Session>;
  /** Bytes that were sent, as the account counts them. */
  servedBytes: number;
}

export class UploadTurns<Session extends TurnTaker> {
  readonly #users = new Map<string, UserTurns<Session>>();
  readonly #userOf = new Map<Session, string>();
  /** The account of whoever was served last. */
  #nowBytes = 0;

  add(session: Session, userId: string): void {
    this.#userOf.set(session, userId);
    const user = this.#users.get(userId);
    if (user) user.sessions.add(session);
    else this.#users.set(userId, { sessions: new Set([session]), servedBytes: this.#nowBytes });
  }

  remove(session: Session): void {
    const userId = this.#userOf.get(session);
    if (userId === undefined) return;
    this.#userOf.delete(session);
    const user = this.#users.get(userId);
    user?.sessions.delete(session);
    if (user?.sessions.size === 0) this.#users.delete(userId);
  }

  /** The session to be served next, of those that ask and have room and are not passed over. */
  next(passedOver: ReadonlySet<Session>): Session | undefined {
    let least: UserTurns<Session> | undefined;
    let session: Session | undefined;
    for (const user of this.#users.values()) {
      if (least && user.servedBytes >= least.servedBytes) continue;
      const ready = firstReady(user.sessions, passedOver);
      if (ready) [least, session] = [user, ready];
    }
    return session;
  }

  /** A session was sent a block; its user, and it among their sessions, comes last now. */
  onServed(session: Session, bytes: number): void {
    const user = this.#users.get(this.#userOf.get(session) ?? '');
    if (!user) return;
    this.#nowBytes = Math.max(this.#nowBytes, user.servedBytes);
    user.servedBytes = this.#nowBytes + Math.max(bytes, SMALL_REQUEST_BYTES);
    user.sessions.delete(session);
    user.sessions.add(session);
  }
}

function firstReady<Session extends TurnTaker>(
  sessions: ReadonlySet<Session>,
  passedOver: ReadonlySet<Session>,
): Session | undefined {
  for (const session of sessions) {
    if (session.requests.length > 0 && session.hasRoom && !passedOver.has(session)) return session;
  }
  return undefined;
}
