/** Turns that only a member of a group may take. */
import { inUserLook, inUserTurn, type Call, type Look, type Turn } from './context.js';
import { checkMember, existing } from './group-rules.js';
import type { StoredGroup, StoreFacts } from './store/store.js';

interface Membership {
  readonly userId: string;
  readonly group: StoredGroup;
}

export type MemberTurn = Turn & Membership;
export type MemberLook = Look & Membership;

/** A turn of a member of a group. @throws TrackerError NO_SUCH_GROUP, NOT_A_MEMBER */
export function inMemberTurn<T>(
  call: Call,
  groupId: string,
  work: (turn: MemberTurn) => Promise<T>,
): Promise<T> {
  return inUserTurn(call, async (turn) => {
    const group = await groupOfMember(turn.tx, groupId, turn.userId);
    return work({ ...turn, group });
  });
}

/** The same for a turn that only looks. @throws TrackerError NO_SUCH_GROUP, NOT_A_MEMBER */
export function inMemberLook<T>(
  call: Call,
  groupId: string,
  work: (look: MemberLook) => Promise<T>,
): Promise<T> {
  return inUserLook(call, async (look) => {
    const group = await groupOfMember(look.tx, groupId, look.userId);
    return work({ ...look, group });
  });
}

/** The group, for one of its members. @throws TrackerError NO_SUCH_GROUP, NOT_A_MEMBER */
export async function groupOfMember(
  tx: StoreFacts,
  groupId: string,
  userId: string,
): Promise<StoredGroup> {
  const group = existing(await tx.findGroup(groupId));
  const isMember = await tx.isMember(groupId, userId);
  checkMember(isMember, group, !isMember && (await tx.hasRequest(groupId, userId)));
  return group;
}
