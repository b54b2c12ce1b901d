/** What a login means in a turn: whether there is room for it, and what its client is told. */
import { TrackerError } from '../net/errors.js';
import type { GroupMembership, GroupStanding, SessionInfo } from '../net/tracker-api.js';
import type { TrackerContext, Turn } from './context.js';
import { fitBytes } from './paging.js';
import type { Login, Session } from './sessions/session.js';
import type { StoredGroup, StoredMembership } from './store/stored.js';
import { together } from './together.js';

/** More than a user may join now: earlier versions allowed so many. */
export const MOST_GROUPS_EVER = 1_000;

/**
 * Logs a session in once the turn is committed, and says what the client needs to know.
 * @throws TrackerError ACCOUNT_DISABLED, LIMIT_REACHED
 */
export async function admitLogin(
  context: TrackerContext,
  session: Session,
  { tx, emit }: Turn,
  login: Login,
): Promise<SessionInfo> {
  const { userId, tokenHash } = login;
  const range = { after: undefined, limit: MOST_GROUPS_EVER };
  const [groups] = await together(tx.listMemberships(userId, range), requireEnabled(tx, userId));
  if (session.login?.userId !== userId) context.sessions.checkRoom(userId);
  const groupIds = groups.map(({ groupId }) => groupId);
  emit({ type: 'login-begun', userId, tokenHash, groupIds });
  return sessionInfo(context, session, userId, groups);
}

/** @throws TrackerError ACCOUNT_DISABLED */
export async function requireEnabled(
  tx: Pick<Turn['tx'], 'findDisabledReason'>,
  userId: string,
): Promise<void> {
  const reason = await tx.findDisabledReason(userId);
  if (reason !== undefined) throw accountDisabled(userId, reason);
}

/** What somebody is told whose account the operator has disabled. */
export function accountDisabled(userId: string, reason: string): TrackerError {
  const why = reason === '' ? '; ask why' : `: ${reason}`;
  return new TrackerError(
    'ACCOUNT_DISABLED',
    `the operator of this tracker has disabled the account ${userId}${why}`,
  );
}

/** A group as its members are told of it. */
export function standingOf({ groupId, incarnation, epoch }: StoredGroup): GroupStanding {
  return { groupId, incarnation, epoch };
}

/** A user's role in a group, and how that stands. */
export function toMembership({ role, ...group }: StoredMembership): GroupMembership {
  return { ...standingOf(group), role };
}

function sessionInfo(
  context: TrackerContext,
  { calls }: Session,
  userId: string,
  groups: readonly StoredMembership[],
): SessionInfo {
  const shown = fitBytes(groups.map(toMembership));
  const last = shown.at(-1);
  return {
    userId,
    nowMs: context.ticketMs(),
    ticketKey: context.tickets.publicKey,
    peerTransport: context.peerTransport,
    ...(calls && { calls: true }),
    ...(context.relay && { relays: true }),
    ...(context.announced.length > 0 && { trackers: context.announced }),
    groups: shown,
    ...(last && shown.length < groups.length ? { nextGroups: last.groupId } : {}),
  };
}
