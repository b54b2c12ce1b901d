/**
 * Memberships that are in memory: what is asked of them is answered at once, without a turn. Only when
 * nothing that the user has asked before waits for its turn or has it, so that nobody overtakes themselves, and while
 * the user is not ahead of the others, so that nobody lives at their expense.
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

/** True when the user need not take a turn. @throws TrackerError NOT_LOGGED_IN */
export function mayAnswerAtOnce({ context, session }: Call): boolean {
  userOf(session);
  return context.turns.mayAnswerAtOnce(partyOf(session));
}

/** Answers without a turn; the user pays for it as for a turn. */
export function answerAtOnce<T>({ context, session }: Call, answer: () => T): T {
  return context.turns.answerAtOnce(partyOf(session), answer);
}
