/**
 * What happens when someone leaves a group or is removed from it: their shares there end, and the links
 * that they made, the group passes on or ends, its epoch rises, and everyone concerned is told.
 *
 * Who shares much is removed in several turns, so that nobody waits for the whole of it: all but the last
 * end some shares each, as if their sharer had, and what is left is a member with fewer shares. The last
 * one does everything else at once. Each judges anew whether it may; a crash in between leaves a member
 * whose client shares again what was ended, or a removal that somebody asks for again.
 */
import { MAX_TURNS_PER_REMOVAL, SHARES_ENDED_PER_TURN } from '../net/limits.js';
import { bug } from '../net/errors.js';
import { ROLES, type Role } from '../net/roles.js';
import type { Turn } from './context.js';
import { standingOf } from './logins.js';
import { succession, type Succession } from './role-rules.js';
import type { StoredGroup, StoreFacts } from './store/store.js';

/** Who goes, and what that is called; `by` is absent when they leave by themselves. */
export interface Removal {
  readonly userId: string;
  readonly type: 'member-removed' | 'banned';
  readonly by?: string;
}

/** Takes turns until one has an answer: those before it have ended some of what there is too much of. */
export async function inRemovalTurns<T>(
  turn: (isLast: boolean) => Promise<T | undefined>,
): Promise<T> {
  for (let taken = 0; taken < MAX_TURNS_PER_REMOVAL; taken++) {
    const answer = await turn(false);
    if (answer !== undefined) return answer;
  }
  // Whoever shares as fast as it is ended does not put it off for ever.
  return (await turn(true)) ?? bug('the last turn of a removal has no answer');
}

/** Ends some of what a member shares, if that is too much for one turn; true when it has. */
export async function removeAhead(
  { tx, emit }: Turn,
  groupId: string,
  userId: string,
): Promise<boolean> {
  if (await tx.hasMoreShares(groupId, userId, SHARES_ENDED_PER_TURN)) {
    const { ended, gone } = await tx.removeSomeShares(groupId, userId, SHARES_ENDED_PER_TURN);
    for (const { deviceId, fileId } of ended) {
      emit({ type: 'offer-ended', deviceId, groupId, fileId });
    }
    for (const fileId of gone) emit({ type: 'content-gone', groupId, fileId });
    return true;
  }
  if ((await tx.findRole(groupId, userId)) === undefined) return false;
  if ((await tx.findGroupSize(groupId)).members > 1) return false;
  // The group ends with its last member.
  if (!(await tx.hasMoreFormerVersions(groupId, SHARES_ENDED_PER_TURN))) return false;
  const gone = await tx.removeSomeFormerVersions(groupId, SHARES_ENDED_PER_TURN);
  for (const fileId of gone) emit({ type: 'content-gone', groupId, fileId });
  return true;
}

/** Takes a member out of a group. */
export async function removeFromGroup(
  { tx, emit, note }: Turn,
  group: StoredGroup,
  removal: Removal,
): Promise<Succession> {
  const { groupId } = group;
  const { userId } = removal;
  const goneFiles = await tx.removeSharesOf(groupId, userId);
  await tx.removeGroupInvitesOf(groupId, userId);
  await tx.removeMember(groupId, userId);
  const next = succession(await longestStanding(tx, groupId));
  if (next.outcome === 'new-owner') {
    await tx.setRole(groupId, next.userId, 'owner');
    note({ groupId, action: 'owner', actor: userId, subjects: [next.userId] });
  }
  const standing = standingOf({ ...group, epoch: await tx.raiseEpoch(groupId) });
  const asking = next.outcome === 'group-ended' ? await tx.removeGroup(groupId) : [];
  emit({ ...removal, ...standing });
  for (const fileId of goneFiles) emit({ type: 'content-gone', groupId, fileId });
  if (next.outcome === 'new-owner') {
    emit({ type: 'role-changed', userId: next.userId, role: 'owner', ...standing });
  }
  for (const asker of asking) emit({ type: 'request-rejected', userId: asker, ...standing });
  return next;
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
