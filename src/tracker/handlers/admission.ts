/** Requests about who gets into a group and who has to go. */
import { TrackerError } from '../../net/errors.js';
import type { Handler, Handlers } from '../context.js';
import { requireCleared } from '../clearing-turn.js';
import { standingOf } from '../logins.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { allowancesOf, requireRoomForMember } from '../quotas.js';
import { removeFromGroup } from '../removal.js';
import { checkExpel, onBannedDevice } from '../role-rules.js';
import { inRoleLook, inRoleTurn, standingIn } from '../role-turn.js';
import { together } from '../together.js';

const listRequests: Handler<'listRequests'> = (call, { groupId, after }) =>
  inRoleLook(call, groupId, 'admit', async ({ tx }) => {
    const range = { after, limit: PAGE_ROWS + 1 };
    return pageOf(await tx.listRequests(groupId, range), (userId) => userId);
  });

const acceptRequest: Handler<'acceptRequest'> = (call, { groupId, userId }) =>
  inRoleTurn(call, groupId, 'admit', async ({ tx, emit, note, group, userId: actor }) => {
    // Somebody may have been banned since who is on the same devices.
    const [isShutOut, hadRequest, allowances] = await together(
      tx.isShutOut(groupId, userId, undefined),
      tx.removeRequest(groupId, userId),
      allowancesOf(tx, { group: [groupId] }),
    );
    if (isShutOut) throw onBannedDevice(groupId, userId);
    if (!hadRequest) throw noSuchRequest(groupId, userId);
    await together(
      requireCleared(call.context, tx, { groupId, userId }),
      requireRoomForMember(tx, groupId, allowances),
    );
    note({ groupId, action: 'accept', actor, subjects: [userId] });
    await tx.addMember(groupId, userId, 'member', call.context.nowMs());
    emit({ type: 'member-joined', userId, role: 'member', ...standingOf(group) });
    return {};
  });

const rejectRequest: Handler<'rejectRequest'> = (call, { groupId, userId }) =>
  inRoleTurn(call, groupId, 'admit', async ({ tx, emit, note, group, userId: actor }) => {
    if (!(await tx.removeRequest(groupId, userId))) throw noSuchRequest(groupId, userId);
    note({ groupId, action: 'reject', actor, subjects: [userId] });
    emit({ type: 'request-rejected', userId, ...standingOf(group) });
    return {};
  });

const kick: Handler<'kick'> = (call, { groupId, userId }) =>
  inRoleTurn(call, groupId, 'expel', async (turn) => {
    checkExpel(groupId, turn, await standingIn(turn.tx, groupId, userId));
    turn.note({ groupId, action: 'kick', actor: turn.userId, subjects: [userId] });
    const endedInvites = await turn.tx.removeGroupInvites(groupId);
    await removeFromGroup(turn, turn.group, { userId, type: 'member-removed', by: turn.userId });
    return { endedInvites };
  });

export const admissionHandlers = {
  listRequests,
  acceptRequest,
  rejectRequest,
  kick,
} satisfies Partial<Handlers>;

function noSuchRequest(groupId: string, userId: string): TrackerError {
  return new TrackerError(
    'NO_SUCH_REQUEST',
    `${userId} does not ask to join ${groupId}; \`requests\` shows who does`,
  );
}
