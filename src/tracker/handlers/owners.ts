/** Requests that only the owner of a group may make. */
import { TrackerError } from '../../net/errors.js';
import { inUserTurn, type Call, type Handler, type Handlers, type Turn } from '../context.js';
import { checkOtherMember, checkOwner, existing } from '../group-rules.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { removeFromGroup } from '../removal.js';
import type { StoredGroup } from '../store/store.js';

type OwnerTurn = Turn & { readonly userId: string; readonly group: StoredGroup };

/** A turn of the owner of a group. @throws NO_SUCH_GROUP, NOT_OWNER */
function inOwnerTurn<T>(
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
  inOwnerTurn(call, groupId, async ({ tx }) =>
    pageOf(await tx.listRequests(groupId, { after, limit: PAGE_ROWS + 1 }), (userId) => userId),
  );

const acceptRequest: Handler<'acceptRequest'> = (call, { groupId, userId }) =>
  inOwnerTurn(call, groupId, async ({ tx, after, group }) => {
    const { sessions, nowMs } = call.context;
    if (!(await tx.removeRequest(groupId, userId))) throw noSuchRequest(groupId, userId);
    await tx.addMember(groupId, userId, nowMs());
    after(() => {
      sessions.onJoined(userId, groupId);
      sessions.pushToUser(userId, 'membership', { groupId, state: 'member', epoch: group.epoch });
    });
    return {};
  });

const rejectRequest: Handler<'rejectRequest'> = (call, { groupId, userId }) =>
  inOwnerTurn(call, groupId, async ({ tx, after, group: { epoch } }) => {
    if (!(await tx.removeRequest(groupId, userId))) throw noSuchRequest(groupId, userId);
    const { sessions } = call.context;
    after(() => sessions.pushToUser(userId, 'membership', { groupId, state: 'rejected', epoch }));
    return {};
  });

const kick: Handler<'kick'> = (call, { groupId, userId }) =>
  inOwnerTurn(call, groupId, async (turn) => {
    checkOtherMember(turn.userId, userId, await turn.tx.isMember(groupId, userId));
    await removeFromGroup(call.context, turn, turn.group, userId);
    return {};
  });

const transferOwner: Handler<'transferOwner'> = (call, { groupId, userId }) =>
  inOwnerTurn(call, groupId, async (turn) => {
    const { tx, after, group } = turn;
    const { epoch } = group;
    const { sessions } = call.context;
    checkOtherMember(turn.userId, userId, await tx.isMember(groupId, userId));
    await tx.setOwner(groupId, userId);
    after(() => {
      sessions.pushToUser(userId, 'membership', { groupId, state: 'owner', epoch });
      sessions.pushToUser(turn.userId, 'membership', { groupId, state: 'member', epoch });
    });
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
    `${userId} does not ask to join ${groupId}; list_requests shows who does`,
  );
}
