/**
 * The rules of roles: who may do what to whom, who follows an owner, what a change of role brings. Pure:
 * facts go in, a decision comes out, or the refusal that the user reads. The rights stand in net/roles.ts.
 */
import { TrackerError } from '../net/errors.js';
import { MAX_BANS_PER_GROUP, MAX_GOVERNORS_PER_GROUP } from '../net/limits.js';
import { governs, isBelow, mayDo, ROLES, rolesWith, type Right, type Role } from '../net/roles.js';

/** Roles whose bearers are told who asks to join. */
export const GOVERNORS: readonly Role[] = rolesWith('admit');

/** Somebody in a group; without a role not a member. */
export interface Standing {
  readonly userId: string;
  readonly role: Role | undefined;
}

/** @throws TrackerError NOT_OWNER */
export function checkRight(groupId: string, role: Role | undefined, right: Right): void {
  if (role !== undefined && mayDo(role, right)) return;
  throw notAllowed(groupId, right);
}

/** @throws TrackerError BAD_REQUEST, NO_SUCH_USER, NOT_OWNER */
export function checkExpel(groupId: string, actor: Standing, other: Standing): void {
  checkRight(groupId, actor.role, 'expel');
  checkNotSelf(actor.userId, other.userId);
  if (other.role === undefined) throw notInGroup(other.userId);
  checkGoverns(groupId, actor.role, other.role);
}

/** Who is in no group may be banned from it too. @throws TrackerError BAD_REQUEST, NOT_OWNER, LIMIT_REACHED */
export function checkBan(
  groupId: string,
  actor: Standing,
  other: Standing,
  banCount: number,
): void {
  checkRight(groupId, actor.role, 'expel');
  checkNotSelf(actor.userId, other.userId);
  checkGoverns(groupId, actor.role, other.role ?? 'reader');
  if (banCount < MAX_BANS_PER_GROUP) return;
  throw new TrackerError(
    'LIMIT_REACHED',
    `${MAX_BANS_PER_GROUP} users are banned from ${groupId} already; lift some bans with \`unban\``,
  );
}

/** A ban is lifted by who could have pronounced it. @throws TrackerError NOT_OWNER */
export function checkUnban(groupId: string, actor: Standing, bannedRole: Role | undefined): void {
  checkRight(groupId, actor.role, 'expel');
  checkGoverns(groupId, actor.role, bannedRole ?? 'reader');
}

/** Whom the group is handed to. @throws TrackerError BAD_REQUEST, NO_SUCH_USER, NOT_OWNER */
export function checkHandOver(groupId: string, actor: Standing, other: Standing): void {
  checkRight(groupId, actor.role, 'appoint');
  checkNotSelf(actor.userId, other.userId);
  if (other.role === undefined) throw notInGroup(other.userId);
}

export interface RoleFacts {
  readonly ownerCount: number;
  /** Owners and admins. */
  readonly governorCount: number;
}

export type RoleChange = 'unchanged' | 'raised' | 'lowered';

/**
 * Judges that `actor` gives `other` a role. Everybody may step down from what they are.
 * @throws TrackerError NOT_OWNER, NO_SUCH_USER, LAST_OWNER, LIMIT_REACHED
 */
export function decideRole(
  groupId: string,
  actor: Standing,
  other: Standing,
  role: Role,
  { ownerCount, governorCount }: RoleFacts,
): RoleChange {
  const isOwn = actor.userId === other.userId;
  const isStepDown = isOwn && other.role !== undefined && !isBelow(other.role, role);
  if (!isStepDown) checkRight(groupId, actor.role, 'appoint');
  if (other.role === undefined) throw notInGroup(other.userId);
  if (other.role === role) return 'unchanged';
  if (other.role === 'owner' && ownerCount < 2) throw lastOwner(groupId);
  if (isBelow(role, other.role)) return 'lowered';
  checkGovernorCount(groupId, other.role, role, governorCount);
  return 'raised';
}

/** @throws TrackerError LIMIT_REACHED when a group has all the owners and admins it may have */
export function checkGovernorCount(
  groupId: string,
  before: Role | undefined,
  after: Role,
  governorCount: number,
): void {
  const isOneMore =
    GOVERNORS.includes(after) && (before === undefined || !GOVERNORS.includes(before));
  if (!isOneMore || governorCount < MAX_GOVERNORS_PER_GROUP) return;
  throw new TrackerError(
    'LIMIT_REACHED',
    `${groupId} has ${MAX_GOVERNORS_PER_GROUP} owners and admins already; make some of them members first`,
  );
}

/**
 * Judges that the operator makes somebody an owner: of a group that goes on, so that it is nobody from outside.
 * @throws TrackerError NO_SUCH_USER, LIMIT_REACHED
 */
export function decideAppointment(
  groupId: string,
  { userId, role }: Standing,
  governorCount: number,
): RoleChange {
  if (role === undefined) throw notInGroup(userId);
  if (role === 'owner') return 'unchanged';
  checkGovernorCount(groupId, role, 'owner', governorCount);
  return 'raised';
}

/** What becomes of a group when someone has left it. */
export type Succession =
  | { readonly outcome: 'group-ended' }
  | { readonly outcome: 'owner-stays' }
  | { readonly outcome: 'new-owner'; readonly userId: string };

/** Decides it: the longest-standing of each role that are left, if any; the highest role comes first. */
export function succession(longestStanding: Readonly<Partial<Record<Role, string>>>): Succession {
  for (const role of ROLES) {
    const userId = longestStanding[role];
    if (userId === undefined) continue;
    return role === 'owner' ? { outcome: 'owner-stays' } : { outcome: 'new-owner', userId };
  }
  return { outcome: 'group-ended' };
}

function checkGoverns(groupId: string, role: Role | undefined, other: Role): void {
  if (role !== undefined && governs(role, other)) return;
  throw new TrackerError(
    'NOT_OWNER',
    `only an owner of ${groupId} may do this to an owner or an admin`,
  );
}

function checkNotSelf(self: string, other: string): void {
  if (self !== other) return;
  throw new TrackerError('BAD_REQUEST', 'that is you; name another member, or leave with `leave`');
}

function notInGroup(userId: string): TrackerError {
  return new TrackerError('NO_SUCH_USER', `${userId} is not a member of this group`);
}

function notAllowed(groupId: string, right: Right): TrackerError {
  const who = rolesWith(right).map((role) => (role === 'owner' ? 'an owner' : `an ${role}`));
  return new TrackerError('NOT_OWNER', `only ${who.join(' or ')} of ${groupId} may do this`);
}

function lastOwner(groupId: string): TrackerError {
  return new TrackerError(
    'LAST_OWNER',
    `nobody else owns ${groupId}; make another member an owner first, or leave it`,
  );
}

/** Said to who could have let them in. */
export function onBannedDevice(groupId: string, userId: string): TrackerError {
  return new TrackerError(
    'BANNED',
    `${userId} is on a device of somebody who is banned from ${groupId}; \`bans\` shows who is, \`reject\` refuses the request`,
  );
}

/** Nothing more is said at the door: not by whom, nor why, nor of which device. */
export function banned(groupId: string): TrackerError {
  return new TrackerError('BANNED', `you cannot join ${groupId}; its owners have shut you out`);
}
