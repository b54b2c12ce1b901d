/**
 * What happens when someone leaves a group or is removed from it: their shares there end, and the links
 * that they made, the group passes on or ends, its epoch rises, and everyone concerned is told.
 *
 * All of that is one turn, however much they share: whoever is out is out at once, and there is no state
 * in between that a lost connection, a refusal or a crash could leave behind. It goes on in slices, between which others
 * are answered from memory and, over SQLite, look at what is stored; who changes something waits for its end, and over
 * PostgreSQL who looks.
 */
import { ROLES, type Role } from '../net/roles.js';
import type { Turn } from './context.js';
import { standingOf } from './logins.js';
import { succession, type Succession } from './role-rules.js';
import type { StoredGroup, StoreFacts } from './store/store.js';
import { together } from './together.js';

/** Who goes, and what that is called; `by` is absent when they leave by themselves. */
export interface Removal {
  readonly userId: string;
  readonly type: 'member-removed' | 'banned';
  readonly by?: string;
}

/** Takes a member out of a group. */
export async function removeFromGroup(
  { tx, emit, note, breathe }: Turn,
  group: StoredGroup,
  removal: Removal,
): Promise<Succession> {
  const { groupId } = group;
  const { userId } = removal;
  const goneFiles = await tx.removeSharesOf(groupId, userId, breathe);
  await tx.removeGroupInvitesOf(groupId, userId);
  await tx.removeMember(groupId, userId);
  const [longest, epoch] = await together(longestStanding(tx, groupId), tx.raiseEpoch(groupId));
  const next = succession(longest);
  if (next.outcome === 'new-owner') {
    await tx.setRole(groupId, next.userId, 'owner');
    note({ groupId, action: 'owner', actor: userId, subjects: [next.userId] });
  }
  const standing = standingOf({ ...group, epoch });
  const asking = next.outcome === 'group-ended' ? await tx.removeGroup(groupId) : [];
  emit({ ...removal, ...standing });
  for (const fileId of goneFiles) emit({ type: 'content-gone', groupId, fileId });
  if (next.outcome === 'new-owner') {
    emit({ type: 'role-changed', userId: next.userId, role: 'owner', ...standing });
  }
  for (const asker of asking) emit({ type: 'request-rejected', userId: asker, ...standing });
  emit({ type: 'files-changed', groupId });
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
