/**
 * Memberships that are in memory: what is asked of them is answered at once, without a turn. Only when
 * nothing that the user has asked before waits for its turn or has it, so that nobody overtakes themselves.
 */
import type { Call } from './context.js';
import { userOf, partyOf } from './context.js';
import type { Membership } from './member-turn.js';

/** Undefined when it takes a turn to know. @throws TrackerError NOT_LOGGED_IN */
export function knownMembership(call: Call, groupId: string): Membership | undefined {
  if (!mayAnswerAtOnce(call)) return undefined;
  const { view } = call.context;
  const userId = userOf(call.session);
  const role = view.role(groupId, userId);
  const group = role && view.group(groupId);
  return group && { userId, group, role };
}

/** True when nothing of the user waits for its turn, or has it. @throws TrackerError NOT_LOGGED_IN */
export function mayAnswerAtOnce({ context, session }: Call): boolean {
  userOf(session);
  return context.turns.isIdleFor(partyOf(session));
}
