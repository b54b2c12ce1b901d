/** Requests that only the owner of a group may make. */
import { TrackerError } from '../../net/errors.js';
import {
  inUserLook,
  inUserTurn,
  type Call,
  type Handler,
  type Handlers,
  type Turn,
} from '../context.js';
import { checkOtherMember, checkOwner, existing } from '../group-rules.js';
import { standingOf } from '../logins.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { requireRoomForMember } from '../quotas.js';
import { removeFromGroup } from '../removal.js';
import type { StoredGroup } from '../store/store.js';

type OwnerTurn = Turn & { readonly userId: string; readonly group: StoredGroup };

/** A turn of the owner of a group. @throws NO_SUCH_GROUP, NOT_OWNER */
export function inOwnerTurn<T>(
  call: Call,
  groupId: string,
  work: (turn: OwnerTurn) => Promise<T>,
): Promise<T> {
  return inUserTurn(call, async (turn) => {
    const group = existing(await turn.tx.findGroup(groupId));
    checkOwner(group, turn.userId);
    return work({ ...turn, group });
  });
}

const listRequests: Handler<'listRequests'> = (call, { groupId, after }) =>
  inUserLook(call, async ({ tx, userId: ownerId }) => {
    checkOwner(existing(await tx.findGroup(groupId)), ownerId);
    const range = { after, limit: PAGE_ROWS + 1 };
    return pageOf(await tx.listRequests(groupId, range), (userId) => userId);
  });

const acceptRequest: Handler<'acceptRequest'> = (call, { groupId, userId }) =>
  inOwnerTurn(call, groupId, async ({ tx, emit, note, group, userId: actor }) => {
    if (!(await tx.removeRequest(groupId, userId))) throw noSuchRequest(groupId, userId);
    await requireRoomForMember(tx, groupId);
    note({ groupId, action: 'accept', actor, subjects: [userId] });
    await tx.addMember(groupId, userId, call.context.nowMs());
    emit({ type: 'member-joined', userId, ...standingOf(group) });
    return {};
  });

const rejectRequest: Handler<'rejectRequest'> = (call, { groupId, userId }) =>
  inOwnerTurn(call, groupId, async ({ tx, emit, note, group, userId: actor }) => {
    if (!(await tx.removeRequest(groupId, userId))) throw noSuchRequest(groupId, userId);
    note({ groupId, action: 'reject', actor, subjects: [userId] });
    emit({ type: 'request-rejected', userId, ...standingOf(group) });
    return {};
  });

const kick: Handler<'kick'> = (call, { groupId, userId }) =>
  inOwnerTurn(call, groupId, async (turn) => {
    checkOtherMember(turn.userId, userId, await turn.tx.isMember(groupId, userId));
    turn.note({ groupId, action: 'kick', actor: turn.userId, subjects: [userId] });
    await removeFromGroup(turn, turn.group, userId);
    return { endedInvites: await turn.tx.removeGroupInvites(groupId) };
  });

const transferOwner: Handler<'transferOwner'> = (call, { groupId, userId }) =>
  inOwnerTurn(call, groupId, async (turn) => {
    const { tx, emit, note } = turn;
    checkOtherMember(turn.userId, userId, await tx.isMember(groupId, userId));
    await tx.setOwner(groupId, userId);
    note({ groupId, action: 'owner', actor: turn.userId, subjects: [userId] });
    const standing = standingOf(turn.group);
    emit({ type: 'owner-named', userId, ...standing });
    emit({ type: 'owner-resigned', userId: turn.userId, ...standing });
    return {};
  });

export const ownerHandlers = {
  listRequests,
  acceptRequest,
  rejectRequest,
  kick,
  transferOwner,
} satisfies Partial<Handlers>;

function noSuchRequest(groupId: string, userId: string): TrackerError {
  return new TrackerError(
    'NO_SUCH_REQUEST',
    `${userId} does not ask to join ${groupId}; \`requests\` shows who does`,
  );
}
