/** Turns that only those may take who have a right in a group. */
import type { Right, Role } from '../net/roles.js';
import { inUserLook, inUserTurn, type Call, type Look, type Turn } from './context.js';
import { existing } from './group-rules.js';
import { checkRight, type Standing } from './role-rules.js';
import type { StoreFacts } from './store/store.js';
import type { StoredGroup } from './store/stored.js';

interface Governing {
  readonly userId: string;
  readonly group: StoredGroup;
  readonly role: Role | undefined;
}

export type RoleTurn = Turn & Governing;
export type RoleLook = Look & Governing;

/** A turn of somebody with a right in a group. @throws NO_SUCH_GROUP, NOT_OWNER */
export function inRoleTurn<T>(
  call: Call,
  groupId: string,
  right: Right,
  work: (turn: RoleTurn) => Promise<T>,
): Promise<T> {
  return inGroupTurn(call, groupId, (turn) => {
    checkRight(groupId, turn.role, right);
    return work(turn);
  });
}

/** A turn about a group whose work asks the rules itself. @throws NO_SUCH_GROUP */
export function inGroupTurn<T>(
  call: Call,
  groupId: string,
  work: (turn: RoleTurn) => Promise<T>,
): Promise<T> {
  return inUserTurn(call, async (turn) => {
    turn.willNote(groupId);
    return work({ ...turn, ...(await governingOf(turn.tx, groupId, turn.userId)) });
  });
}

/** The same for a turn that only looks. @throws NO_SUCH_GROUP, NOT_OWNER */
export function inRoleLook<T>(
  call: Call,
  groupId: string,
  right: Right,
  work: (look: RoleLook) => Promise<T>,
): Promise<T> {
  return inUserLook(call, async (look) => {
    const governing = await governingOf(look.tx, groupId, look.userId);
    checkRight(groupId, governing.role, right);
    return work({ ...look, ...governing });
  });
}

/** Somebody, as the rules ask for them. */
export async function standingIn(
  tx: StoreFacts,
  groupId: string,
  userId: string,
): Promise<Standing> {
  return { userId, role: await tx.findRole(groupId, userId) };
}

async function governingOf(tx: StoreFacts, groupId: string, userId: string) {
  const [role, group] = await Promise.all([tx.findRole(groupId, userId), tx.findGroup(groupId)]);
  return { group: existing(group), role };
}
