/** What each part of a group is shown with. */
import type { InvitedRole, Role } from '../../src/net/roles.js';

/** From most to least. */
export const ROLES: readonly Role[] = ['owner', 'admin', 'member', 'reader'];

/** Those that a link may give. */
export const INVITED_ROLES: readonly InvitedRole[] = ['member', 'reader'];

export interface GroupPart {
  readonly groupId: string;
  /** What the user is in it. */
  readonly role: Role;
  /** The list of groups is not what it was. */
  readonly onChanged: () => void;
}

export function isManager(role: Role): boolean {
  return role === 'owner' || role === 'admin';
}
