/**
 * What follows when someone leaves a group or is removed from it: their shares there end, the
 * group passes on or ends, its epoch rises, and everyone concerned is told.
 */
import type { TrackerContext, Turn } from './context.js';
import { succession, type Succession } from './group-rules.js';
import type { StoredGroup } from './store/store.js';

/** Takes a member out of a group. */
export async function removeFromGroup(
  context: TrackerContext,
  turn: Turn,
  group: StoredGroup,
  userId: string,
): Promise<Succession> {
  const { tx, after } = turn;
  const { groupId } = group;
  const goneFiles = await tx.removeSharesOf(groupId, userId);
  await tx.removeMember(groupId, userId);
  const next = succession(group, userId, await tx.longestStandingMember(groupId));
  if (next.outcome === 'new-owner') await tx.setOwner(groupId, next.userId);
  const epoch = await tx.raiseEpoch(groupId);
  const asking = next.outcome === 'group-ended' ? await tx.removeGroup(groupId) : [];
  after(() => {
    withdraw(context, groupId, userId, goneFiles);
    tellGroup(context, groupId, userId, epoch, next);
    for (const asker of asking) {
      context.sessions.pushToUser(asker, 'membership', { groupId, state: 'rejected', epoch });
    }
  });
  return next;
}

function withdraw(
  { presence, watches, sessions }: TrackerContext,
  groupId: string,
  userId: string,
  goneFiles: readonly string[],
): void {
  for (const session of sessions.ofUser(userId)) watches.removeAll(session, groupId);
  sessions.onParted(userId, groupId);
  presence.withdrawUser(userId, groupId);
  for (const fileId of goneFiles) presence.withdrawContent(groupId, fileId);
}

function tellGroup(
  { sessions }: TrackerContext,
  groupId: string,
  userId: string,
  epoch: number,
  next: Succession,
): void {
  sessions.pushToGroup(groupId, 'epoch', { groupId, epoch, removedUsers: [userId] });
  sessions.pushToUser(userId, 'membership', { groupId, state: 'removed', epoch });
  if (next.outcome !== 'new-owner') return;
  sessions.pushToUser(next.userId, 'membership', { groupId, state: 'owner', epoch });
}
