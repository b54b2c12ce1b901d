/**
 * Who is connected to this process and with what: the state that is in memory only. Begins and
 * ends logins on it: the one place where registry, presence and watches learn that a session
 * belongs to a user, or no longer does.
 */
import { encodeReturnAdvice } from '../net/return-advice.js';
import type { DeviceHolder } from './fellows/device-holder.js';
import type { FollowedFiles } from './presence/followed-files.js';
import type { Presence } from './presence/presence.js';
import type { Watches } from './presence/watches.js';
import type { MemberRelays } from './relay/member-relays.js';
import type { Reach } from './reach/reach.js';
import type { Login, Session } from './sessions/session.js';
import { TOO_OFTEN, type SessionRegistry } from './sessions/session-registry.js';

/** As far as logins and effects concern it. */
export interface Online {
  readonly sessions: SessionRegistry<Session>;
  readonly presence: Pick<
    Presence<DeviceHolder>,
    | 'goOnline'
    | 'goOffline'
    | 'isHolder'
    | 'announce'
    | 'withdraw'
    | 'withdrawUser'
    | 'withdrawContent'
    | 'holders'
  >;
  readonly watches: Pick<Watches, 'removeAll' | 'watchersOf'>;
  readonly followed: Pick<FollowedFiles<Session>, 'onChanged' | 'removeAll'>;
  readonly reach: Pick<Reach, 'claim' | 'release'>;
  readonly memberRelays: Pick<MemberRelays<Session>, 'set'>;
}

/** Makes a session the user's, in the place of whoever was logged in on it before. */
export function beginLogin(
  online: Online,
  session: Session,
  { userId, tokenHash }: Login,
  groupIds: Iterable<string>,
): void {
  // The connection may have gone while the login was stored.
  if (!session.isOpen) return;
  if (session.login?.userId !== userId) {
    if (session.login) endLogin(online, session);
    // Several that shared a commit may have found the last place free.
    if (!online.sessions.hasRoom(userId)) return session.end('LIMIT_REACHED', TOO_OFTEN);
  }
  online.sessions.add(session, userId, groupIds);
  session.beginLogin({ userId, tokenHash }, online.sessions.messagesOf(userId));
}

/**
 * Has everybody who is logged in come back, and log in to what is stored by now: what followed from a change was not
 * applied to them.
 */
export function sendAllBack(sessions: Pick<SessionRegistry<Session>, 'all'>): void {
  const all = sessions.all();
  const advice = encodeReturnAdvice(all.length);
  for (const session of all) session.goAway(advice);
}

/** Forgets what a session's user has online through it. Safe to call when nobody is logged in. */
export function endLogin(online: Online, session: Session): void {
  const { sessions, presence, watches, followed, reach, memberRelays } = online;
  memberRelays.set(session, undefined);
  session.staged?.discard();
  session.staged = undefined;
  watches.removeAll(session);
  followed.removeAll(session);
  if (session.deviceId !== undefined) {
    if (presence.isHolder(session.deviceId, session)) reach.release(session.deviceId);
    // Whoever logs out is still there.
    presence.goOffline(session.deviceId, session, session.isOpen || session.hasTakenLeave);
  }
  if (!session.login) return;
  sessions.remove(session, session.login.userId);
  session.endLogin();
}
