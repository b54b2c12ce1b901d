/**
 * What happens when someone leaves a group or is removed from it: their shares there end, and the links
 * that they made, the group passes on or ends, its epoch rises, and everyone concerned is told.
 *
 * Whoever is out is out in one turn, however much they share: there is no state in between that a lost connection, a
 * refusal or a crash could leave behind. With it go the first SHARES_ENDED_WITH_MEMBERSHIP of what they share; the rest is left
 * behind, noted in the same turn and ended by clearing.ts in further ones, between which others have theirs. The same
 * holds for the rows of a group that has ended, and for contents that have lost their last name.
 */
import { SHARES_ENDED_AT_ONCE, SHARES_ENDED_WITH_MEMBERSHIP } from '../net/limits.js';
import { ROLES, type Role } from '../net/roles.js';
import type { Turn } from './context.js';
import { standingOf } from './logins.js';
import { succession, type Succession } from './role-rules.js';
import type { StoreFacts } from './store/store.js';
import type { StoredGroup } from './store/stored.js';
import { together } from './together.js';

/** Who goes, and what that is called; `by` is absent when they leave by themselves. */
export interface Removal {
  readonly userId: string;
  readonly type: 'member-removed' | 'banned';
  readonly by?: string;
}

/** Takes a member out of a group. */
export async function removeFromGroup(
  turn: Turn,
  group: StoredGroup,
  removal: Removal,
): Promise<Succession> {
  const { tx, emit, note } = turn;
  const { groupId } = group;
  const { userId } = removal;
  const { gone, isRest } = await removeFirstShares(turn, groupId, userId);
  await tx.removeGroupInvitesOf(groupId, userId);
  await tx.removeMember(groupId, userId);
  const [longest, epoch] = await together(longestStanding(tx, groupId), tx.raiseEpoch(groupId));
  const next = succession(longest);
  if (next.outcome === 'new-owner') {
    await tx.setRole(groupId, next.userId, 'owner');
    note({ groupId, action: 'owner', actor: userId, subjects: [next.userId] });
  }
  const standing = standingOf({ ...group, epoch });
  const asking = next.outcome === 'group-ended' ? await endGroup(tx, groupId) : [];
  emit({ ...removal, ...standing });
  for (const fileId of gone) emit({ type: 'content-gone', groupId, fileId });
  if (next.outcome === 'new-owner') {
    emit({ type: 'role-changed', userId: next.userId, role: 'owner', ...standing });
  }
  for (const asker of asking) emit({ type: 'request-rejected', userId: asker, ...standing });
  emit({ type: 'files-changed', groupId });
  const hasEnded = next.outcome === 'group-ended';
  if (isRest && !hasEnded) await tx.addPendingRemoval({ groupId, userId });
  // What is gone from the group is still to be dropped where no other one has it.
  if (isRest || hasEnded || gone.length > 0) emit({ type: 'removal-pending' });
  return next;
}

/** As many as end with the membership. */
async function removeFirstShares(
  { tx, breathe }: Turn,
  groupId: string,
  userId: string,
): ReturnType<Turn['tx']['removeSomeSharesOf']> {
  const all: string[] = [];
  for (let taken = SHARES_ENDED_AT_ONCE; ; taken += SHARES_ENDED_AT_ONCE) {
    const { gone, isRest } = await tx.removeSomeSharesOf(groupId, userId);
    all.push(...gone);
    if (!isRest || taken >= SHARES_ENDED_WITH_MEMBERSHIP) return { gone: all, isRest };
    await breathe();
  }
}

/** Returns who had asked to join it. One with few rows is gone at once, and its id is free. */
async function endGroup(tx: Turn['tx'], groupId: string): Promise<readonly string[]> {
  const asking = await tx.endGroup(groupId);
  if (!(await tx.removeSomeOfGroup(groupId))) await tx.addPendingRemoval({ groupId });
  return asking;
}

/** Of each role; the first of a high one settles it, so that lower ones need no look. */
async function longestStanding(
  tx: StoreFacts,
  groupId: string,
): Promise<Partial<Record<Role, string>>> {
  for (const role of ROLES) {
    const userId = await tx.findLongestStanding(groupId, role);
    if (userId !== undefined) return { [role]: userId };
  }
  return {};
}
