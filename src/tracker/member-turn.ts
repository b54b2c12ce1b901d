/** Turns that only a member of a group may take. */
import { inUserLook, inUserTurn, type Call, type Look, type Turn } from './context.js';
import type { Role } from '../net/roles.js';
import { existing, notMember } from './group-rules.js';
import type { StoreFacts } from './store/store.js';
import type { StoredGroup } from './store/stored.js';

export interface Membership {
  readonly userId: string;
  readonly group: StoredGroup;
  readonly role: Role;
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
    turn.willNote(groupId);
    return work({ ...turn, ...(await membershipOf(turn.tx, groupId, turn.userId)) });
  });
}

/** The same for a turn that only looks. @throws TrackerError NO_SUCH_GROUP, NOT_A_MEMBER */
export function inMemberLook<T>(
  call: Call,
  groupId: string,
  work: (look: MemberLook) => Promise<T>,
): Promise<T> {
  return inUserLook(call, async (look) => {
    return work({ ...look, ...(await membershipOf(look.tx, groupId, look.userId)) });
  });
}

/** The group, for one of its members. @throws TrackerError NO_SUCH_GROUP, NOT_A_MEMBER */
export async function membershipOf(
  tx: StoreFacts,
  groupId: string,
  userId: string,
): Promise<Pick<Membership, 'group' | 'role'>> {
  // In one round trip, and the role first: see view/viewed-facts.ts.
  const [role, found] = await Promise.all([tx.findRole(groupId, userId), tx.findGroup(groupId)]);
  const group = existing(found);
  if (role === undefined) throw notMember(group, await tx.hasRequest(groupId, userId));
  return { group, role };
}
