/** Requests that give and take roles in a group. */
import type { Role } from '../../net/roles.js';
import type { Handler, Handlers } from '../context.js';
import { standingOf } from '../logins.js';
import {
  checkGovernorCount,
  checkHandOver,
  decideRole,
  GOVERNORS,
  type RoleFacts,
} from '../role-rules.js';
import { inGroupTurn, inRoleTurn, standingIn, type RoleTurn } from '../role-turn.js';
import type { StoreFacts } from '../store/store.js';

const setRole: Handler<'setRole'> = (call, { groupId, userId, role }) =>
  inGroupTurn(call, groupId, async (turn) => {
    const other = await standingIn(turn.tx, groupId, userId);
    const facts = await roleFacts(turn.tx, groupId);
    const change = decideRole(groupId, turn, other, role, facts);
    if (change !== 'unchanged')
      turn.note({ groupId, action: 'role', actor: turn.userId, subjects: [userId, role] });
    if (change === 'raised') await raise(turn, userId, role);
    if (change === 'lowered') await lower(turn, userId, role);
    return { isChanged: change !== 'unchanged' };
  });

const transferOwner: Handler<'transferOwner'> = (call, { groupId, userId }) =>
  inRoleTurn(call, groupId, 'appoint', async (turn) => {
    const other = await standingIn(turn.tx, groupId, userId);
    checkHandOver(groupId, turn, other);
    // Whoever hands it over is none of them any more.
    const { governorCount } = await roleFacts(turn.tx, groupId);
    checkGovernorCount(groupId, other.role, 'owner', governorCount - 1);
    turn.note({ groupId, action: 'owner', actor: turn.userId, subjects: [userId] });
    await raise(turn, userId, 'owner');
    await lower(turn, turn.userId, 'member');
    return {};
  });

export const roleHandlers = { setRole, transferOwner } satisfies Partial<Handlers>;

async function roleFacts(tx: StoreFacts, groupId: string): Promise<RoleFacts> {
  return {
    ownerCount: await tx.countMembersOf(groupId, ['owner']),
    governorCount: await tx.countMembersOf(groupId, GOVERNORS),
  };
}

async function raise({ tx, emit, group, userId: by }: RoleTurn, userId: string, role: Role) {
  await tx.setRole(group.groupId, userId, role);
  emit({ type: 'role-changed', userId, role, by, ...standingOf(group) });
}

/** Tickets that say more than is true now end with their epoch, and so do links that were made with more. */
async function lower({ tx, emit, group, userId: by }: RoleTurn, userId: string, role: Role) {
  const { groupId } = group;
  await tx.setRole(groupId, userId, role);
  await tx.removeGroupInvitesOf(groupId, userId);
  const standing = standingOf({ ...group, epoch: await tx.raiseEpoch(groupId) });
  emit({ type: 'role-changed', userId, role, by, ...standing });
  emit({ type: 'epoch-risen', ...standing });
}
