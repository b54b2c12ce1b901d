/**
 * The roles of members and what each of them may do: the one table that the tracker's handlers ask, and
 * by which a client says what its user may not. Pure.
 */
import { TrackerError } from './errors.js';

/** From most to least. Its place here is how a role is written in a ticket; see net/ticket.ts. */
export const ROLES = ['owner', 'admin', 'member', 'reader'] as const;

export type Role = (typeof ROLES)[number];

/** A role that a link may give. */
export const INVITED_ROLES = ['member', 'reader'] as const satisfies readonly Role[];

export type InvitedRole = (typeof INVITED_ROLES)[number];

export type Right =
  /** See who is in the group and what is shared, fetch it, and serve what the group has. */
  | 'fetch'
  /** Bring a new name, or a new version of one that one shares. */
  | 'bring'
  /** Bring a new version of what others share. */
  | 'replace'
  /** See, accept and reject requests to join. */
  | 'admit'
  /** Make, see and end links into the group. */
  | 'invite'
  /** Kick, ban and unban those whom one governs. */
  | 'expel'
  /** Give and take roles, hand the group over. */
  | 'appoint';

const rightsOf: Readonly<Record<Role, readonly Right[]>> = {
  owner: ['fetch', 'bring', 'replace', 'admit', 'invite', 'expel', 'appoint'],
  admin: ['fetch', 'bring', 'replace', 'admit', 'invite', 'expel'],
  member: ['fetch', 'bring'],
  reader: ['fetch'],
};

/** Over whom somebody has the rights that are about people. */
const governedBy: Readonly<Record<Role, readonly Role[]>> = {
  owner: ROLES,
  admin: ['member', 'reader'],
  member: [],
  reader: [],
};

export function mayDo(role: Role, right: Right): boolean {
  return rightsOf[role].includes(right);
}

/** The roles that have a right, from most to least. */
export function rolesWith(right: Right): readonly Role[] {
  return ROLES.filter((role) => mayDo(role, right));
}

/** True when one of this role may expel one of the other. */
export function governs(role: Role, other: Role): boolean {
  return governedBy[role].includes(other);
}

/** True when `role` may do less than `other`. */
export function isBelow(role: Role, other: Role): boolean {
  return ROLES.indexOf(role) > ROLES.indexOf(other);
}

export function isRole(word: string): word is Role {
  return ROLES.some((role) => role === word);
}

/** The refusal of what is new from somebody who may bring nothing new. */
export function readOnly(groupId: string): TrackerError {
  return new TrackerError(
    'READ_ONLY',
    `you are a reader of ${groupId}: you fetch what is there, and bring nothing new; an owner can make you a member`,
  );
}
