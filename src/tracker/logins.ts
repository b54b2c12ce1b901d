/**
 * Begins and ends logins on sessions: the one place where registry, presence and watches learn
 * that a session belongs to a user, or no longer does.
 */
import { fitBytes } from './paging.js';
import { MAX_GROUPS_PER_USER } from '../net/limits.js';
import type { GroupMembership, SessionInfo } from '../net/tracker-api.js';
import type { TrackerContext, Turn } from './context.js';
import type { Login, Session } from './sessions/session.js';
import type { StoredGroup } from './store/store.js';

/** Logs a session in once the turn is committed, and says what the client needs to know. */
export async function beginLogin(
  context: TrackerContext,
  session: Session,
  { tx, after }: Turn,
  login: Login,
): Promise<SessionInfo> {
  const { userId } = login;
  if (session.login?.userId !== userId) context.sessions.checkRoom(userId);
  const range = { after: undefined, limit: MAX_GROUPS_PER_USER };
  const groups = await tx.listMemberships(userId, range);
  after(() => {
    if (!session.isOpen) return;
    if (session.login && session.login.userId !== userId) endLogin(context, session);
    session.login = login;
    context.sessions.add(
      session,
      userId,
      groups.map(({ groupId }) => groupId),
    );
  });
  return sessionInfo(context, userId, groups);
}

/** Forgets what a session's user has online through it. Safe to call when nobody is logged in. */
export function endLogin(context: TrackerContext, session: Session): void {
  session.staged?.discard();
  session.staged = undefined;
  context.watches.removeAll(session);
  if (session.deviceId !== undefined) context.presence.goOffline(session.deviceId, session);
  if (!session.login) return;
  context.sessions.remove(session, session.login.userId);
  session.login = undefined;
}

/** A user's role and epoch in a group. */
export function toMembership(group: StoredGroup, userId: string): GroupMembership {
  const role = group.ownerId === userId ? 'owner' : 'member';
  return { groupId: group.groupId, epoch: group.epoch, role };
}

function sessionInfo(
  context: TrackerContext,
  userId: string,
  groups: readonly StoredGroup[],
): SessionInfo {
  const shown = fitBytes(groups.map((group) => toMembership(group, userId)));
  const last = shown.at(-1);
  return {
    userId,
    nowMs: context.nowMs(),
    ticketKey: context.tickets.publicKey,
    peerTransport: context.peerTransport,
    groups: shown,
    ...(last && shown.length < groups.length ? { nextGroups: last.groupId } : {}),
  };
}
