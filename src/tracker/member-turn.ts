/** Turns that only a member of a group may take. */
import { inUserTurn, type Call, type Turn } from './context.js';
import { checkMember, existing } from './group-rules.js';
import type { StoredGroup } from './store/store.js';

export type MemberTurn = Turn & { readonly userId: string; readonly group: StoredGroup };

/** A turn of a member of a group. @throws TrackerError NO_SUCH_GROUP, NOT_A_MEMBER */
export function inMemberTurn<T>(
  call: Call,
  groupId: string,
  work: (turn: MemberTurn) => Promise<T>,
): Promise<T> {
  return inUserTurn(call, async (turn) => {
    const group = existing(await turn.tx.findGroup(groupId));
    const isMember = await turn.tx.isMember(groupId, turn.userId);
    checkMember(isMember, group, !isMember && (await turn.tx.hasRequest(groupId, turn.userId)));
    return work({ ...turn, group });
  });
}
