/**
 * What happens when someone leaves a group or is removed from it: their shares there end, the
 * group passes on or ends, its epoch rises, and everyone concerned is told.
 */
import type { Turn } from './context.js';
import { succession, type Succession } from './group-rules.js';
import { standingOf } from './logins.js';
import type { StoredGroup } from './store/store.js';

/** Takes a member out of a group. */
export async function removeFromGroup(
  { tx, emit, note }: Turn,
  group: StoredGroup,
  userId: string,
): Promise<Succession> {
  const { groupId } = group;
  const goneFiles = await tx.removeSharesOf(groupId, userId);
  await tx.removeMember(groupId, userId);
  const next = succession(group, userId, await tx.longestStandingMember(groupId));
  if (next.outcome === 'new-owner') {
    await tx.setOwner(groupId, next.userId);
    note({ groupId, action: 'owner', actor: userId, subjects: [next.userId] });
  }
  const standing = standingOf({ ...group, epoch: await tx.raiseEpoch(groupId) });
  const asking = next.outcome === 'group-ended' ? await tx.removeGroup(groupId) : [];
  emit({ type: 'member-removed', userId, ...standing });
  for (const fileId of goneFiles) emit({ type: 'content-gone', groupId, fileId });
  if (next.outcome === 'new-owner') {
    emit({ type: 'owner-named', userId: next.userId, ...standing });
  }
  for (const asker of asking) emit({ type: 'request-rejected', userId: asker, ...standing });
  return next;
}
