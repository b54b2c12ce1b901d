/** Requests about ways into a group: making, listing, ending and taking them. */
import { TrackerError } from '../../net/errors.js';
import { hashInviteCode } from '../../net/invites.js';
import { requireCleared } from '../clearing-turn.js';
import { inUserTurn, type Handler, type Handlers } from '../context.js';
import { checkGroupCount, checkInviteCount, existing, groupInviteInvalid } from '../group-rules.js';
import { requireEnabled, standingOf } from '../logins.js';
import { PAGE_ROWS, pageOf } from '../paging.js';
import { requireRoomForMember } from '../quotas.js';
import { banned } from '../role-rules.js';
import { inRoleLook, inRoleTurn } from '../role-turn.js';
import { together } from '../together.js';

const createInvite: Handler<'createInvite'> = (call, { groupId, ...asked }) =>
  inRoleTurn(call, groupId, 'invite', async ({ tx, note, userId: creatorId }) => {
    // Their login ends behind the commit in which the operator disables them, and this may share it.
    await requireEnabled(tx, creatorId);
    const { inviteId, uses, lifetimeMs, role = 'member' } = asked;
    const createdAtMs = call.context.nowMs();
    const expiresAtMs = createdAtMs + lifetimeMs;
    await tx.removeExpiredGroupInvites(createdAtMs);
    checkInviteCount(await tx.countGroupInvites(groupId));
    const invite = { inviteId, creatorId, role, uses, createdAtMs, expiresAtMs };
    if (!(await tx.addGroupInvite(groupId, invite))) throw usedBefore();
    note({ groupId, action: 'invite', actor: creatorId, subjects: [inviteId] });
    return { expiresAtMs, role };
  });

const listInvites: Handler<'listInvites'> = (call, { groupId, after }) =>
  inRoleLook(call, groupId, 'invite', async ({ tx }) => {
    const invites = await tx.listGroupInvites(groupId, { after, limit: PAGE_ROWS + 1 });
    const { items, next } = pageOf(invites, ({ inviteId }) => inviteId);
    // Those that are too old go with the next one that is made.
    const nowMs = call.context.nowMs();
    const live = items.filter(({ expiresAtMs }) => expiresAtMs > nowMs);
    return { items: live, ...(next === undefined ? {} : { next }) };
  });

const revokeInvite: Handler<'revokeInvite'> = (call, { groupId, inviteId }) =>
  inRoleTurn(call, groupId, 'invite', async ({ tx, note, userId: actor }) => {
    const isKnown = await tx.removeGroupInvite(groupId, inviteId);
    if (isKnown) note({ groupId, action: 'revoke', actor, subjects: [inviteId] });
    return { isKnown };
  });

const redeemInvite: Handler<'redeemInvite'> = (call, { groupId, secret }) =>
  inUserTurn(call, async ({ tx, emit, note, userId }) => {
    const nowMs = call.context.nowMs();
    const inviteId = hashInviteCode(secret);
    const group = await tx.findGroup(groupId);
    const present = await tx.findRole(groupId, userId);
    if (group && present) return { ...standingOf(group), role: present, isNew: false };
    // Before anything is told of the group: who has no way in learns nothing of it.
    const role = await tx.findGroupInviteRole(groupId, inviteId, nowMs);
    if (!role) throw groupInviteInvalid();
    if (await tx.isShutOut(groupId, userId, call.session.deviceId)) throw banned(groupId);
    const standing = standingOf(existing(group));
    // A request of this user becomes the membership.
    if (!(await tx.removeRequest(groupId, userId))) checkGroupCount(await tx.countGroupsOf(userId));
    await together(
      requireCleared(call.context, tx, { groupId, userId }),
      requireRoomForMember(tx, groupId),
    );
    const creatorId = await tx.takeGroupInvite(groupId, inviteId, nowMs);
    if (creatorId === undefined) throw groupInviteInvalid();
    await tx.addMember(groupId, userId, role, nowMs);
    note({ groupId, action: 'join', actor: userId, subjects: [inviteId] });
    emit({ type: 'member-joined', userId, role, ...standing });
    // Of before: who leaves ends their links.
    if ((await tx.findRole(groupId, creatorId)) !== undefined) {
      emit({ type: 'invite-redeemed', groupId, userId, creatorId });
    }
    return { ...standing, role, isNew: true };
  });

/** A client draws its secrets at random. */
function usedBefore(): TrackerError {
  return new TrackerError('BAD_REQUEST', 'there is an invite of this id; draw another secret');
}

export const inviteHandlers = {
  createInvite,
  listInvites,
  revokeInvite,
  redeemInvite,
} satisfies Partial<Handlers>;
