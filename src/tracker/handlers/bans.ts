/** Requests about who is shut out of a group for good: the user, and the devices on which they were. */
import { TrackerError } from '../../net/errors.js';
import type { Handler, Handlers } from '../context.js';
import { standingOf } from '../logins.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { removeFromGroup } from '../removal.js';
import { checkBan, checkUnban } from '../role-rules.js';
import { inRoleLook, inRoleTurn, standingIn } from '../role-turn.js';

const ban: Handler<'ban'> = (call, { groupId, userId }) =>
  inRoleTurn(call, groupId, 'expel', async (turn) => {
    const { tx, emit, userId: byUserId, group } = turn;
    const other = await standingIn(tx, groupId, userId);
    const present = await tx.findBan(groupId, userId);
    // Who is banned again stays what they were, or an admin could lift what an owner has pronounced.
    const role = other.role ?? present?.role;
    checkBan(groupId, turn, { userId, role }, present ? 0 : await tx.countBans(groupId));
    if ((await tx.findPasswordHash(userId)) === undefined) throw noSuchUser(userId);
    turn.note({ groupId, action: 'ban', actor: byUserId, subjects: [userId] });
    const bannedAtMs = call.context.nowMs();
    // Whoever is banned may have kept one, and has friends.
    const endedInvites = await tx.removeGroupInvites(groupId);
    await tx.addBan(groupId, { userId, byUserId, role, bannedAtMs });
    if (await tx.removeRequest(groupId, userId)) {
      emit({ type: 'request-rejected', userId, ...standingOf(group) });
    }
    if (other.role !== undefined) {
      await removeFromGroup(turn, group, { userId, type: 'banned', by: byUserId });
    }
    return { endedInvites };
  });

const unban: Handler<'unban'> = (call, { groupId, userId }) =>
  inRoleTurn(call, groupId, 'expel', async (turn) => {
    const found = await turn.tx.findBan(groupId, userId);
    if (found === undefined) throw noSuchBan(groupId, userId);
    checkUnban(groupId, turn, found.role);
    await turn.tx.removeBan(groupId, userId);
    turn.note({ groupId, action: 'unban', actor: turn.userId, subjects: [userId] });
    return {};
  });

const listBans: Handler<'listBans'> = (call, { groupId, after }) =>
  inRoleLook(call, groupId, 'expel', async ({ tx }) => {
    const bans = await tx.listBans(groupId, { after, limit: PAGE_ROWS + 1 });
    const rows = bans.map(({ userId, byUserId, bannedAtMs }) => ({ userId, byUserId, bannedAtMs }));
    return pageOf(rows, ({ userId }) => userId);
  });

export const banHandlers = { ban, unban, listBans } satisfies Partial<Handlers>;

function noSuchUser(userId: string): TrackerError {
  return new TrackerError('NO_SUCH_USER', `there is no user ${userId}`);
}

function noSuchBan(groupId: string, userId: string): TrackerError {
  return new TrackerError(
    'NO_SUCH_BAN',
    `${userId} is not banned from ${groupId}; \`bans\` shows who is`,
  );
}
