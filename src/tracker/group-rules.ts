/**
 * The rules of groups: who may do what, who owns a group next, when it ends.
 * Pure: facts go in, a decision comes out, or the refusal that the user reads.
 */
import { TrackerError } from '../net/errors.js';
import {
  MAX_GROUPS_PER_USER,
  MAX_INVITES_PER_GROUP,
  MAX_REQUESTS_PER_GROUP,
  MAX_REQUESTS_PER_GROUP_AND_ADDRESS,
} from '../net/limits.js';
import { HAS_ASKED } from '../net/tracker-api.js';
import type { StoredGroup } from './store/store.js';

/** The group, if it exists. @throws TrackerError NO_SUCH_GROUP */
export function existing(group: StoredGroup | undefined): StoredGroup {
  if (group) return group;
  throw new TrackerError('NO_SUCH_GROUP', 'no such group; `groups` shows those that exist');
}

/** @throws TrackerError NOT_A_MEMBER */
export function checkMember(isMember: boolean, group: StoredGroup, hasRequest = false): void {
  if (isMember) return;
  const { groupId } = group;
  throw new TrackerError(
    'NOT_A_MEMBER',
    hasRequest
      ? `${HAS_ASKED} ${groupId}; its owner has not answered yet`
      : `you are not a member of ${groupId}; ask to join with \`join\``,
  );
}

/** @throws TrackerError NOT_OWNER */
export function checkOwner(group: StoredGroup, userId: string): void {
  if (group.ownerId === userId) return;
  throw new TrackerError('NOT_OWNER', `only the owner of ${group.groupId} may do this`);
}

/** @throws TrackerError LIMIT_REACHED when a user may not be in one more group. */
export function checkGroupCount(count: number): void {
  if (count < MAX_GROUPS_PER_USER) return;
  throw new TrackerError(
    'LIMIT_REACHED',
    `you belong to ${MAX_GROUPS_PER_USER} groups or ask to join them; leave one first`,
  );
}

/** @throws TrackerError LIMIT_REACHED when a group has all the invites it may have. */
export function checkInviteCount(count: number): void {
  if (count < MAX_INVITES_PER_GROUP) return;
  throw new TrackerError(
    'LIMIT_REACHED',
    `the group has ${MAX_INVITES_PER_GROUP} invites already; end some with \`invites\` and --revoke`,
  );
}

/** The same for every flaw: who guesses learns nothing. */
export function groupInviteInvalid(): TrackerError {
  return new TrackerError(
    'INVITE_INVALID',
    'this link is not good, or not any more; ask whoever sent it for a new one',
  );
}

/** What decides whether someone may ask to join. */
export interface JoinFacts {
  readonly isMember: boolean;
  readonly hasRequest: boolean;
  /** Groups the user belongs to or asks to join. */
  readonly groupCount: number;
  /** Requests that wait in this group. */
  readonly requestCount: number;
  /** Of those, from the network of the user. */
  readonly networkRequestCount: number;
}

/** @throws TrackerError ALREADY_MEMBER, ALREADY_REQUESTED, LIMIT_REACHED */
export function checkJoin(group: StoredGroup, facts: JoinFacts): void {
  const { groupId } = group;
  if (facts.isMember) throw new TrackerError('ALREADY_MEMBER', `you are a member of ${groupId}`);
  if (facts.hasRequest) {
    throw new TrackerError(
      'ALREADY_REQUESTED',
      `you have asked to join ${groupId}; its owner has to accept`,
    );
  }
  checkGroupCount(facts.groupCount);
  const isNetworkFull = facts.networkRequestCount >= MAX_REQUESTS_PER_GROUP_AND_ADDRESS;
  if (isNetworkFull || facts.requestCount >= MAX_REQUESTS_PER_GROUP) {
    throw new TrackerError(
      'LIMIT_REACHED',
      `too many requests wait in ${groupId}; try again later`,
    );
  }
}

/** Checks whom an owner kicks or hands the group to. @throws TrackerError BAD_REQUEST, NO_SUCH_USER */
export function checkOtherMember(self: string, other: string, isMember: boolean): void {
  if (self === other) {
    throw new TrackerError('BAD_REQUEST', 'that is you; name another member (leave_group leaves)');
  }
  if (!isMember) throw new TrackerError('NO_SUCH_USER', `${other} is not a member of this group`);
}

/** What becomes of a group when someone has left it. */
export type Succession =
  | { readonly outcome: 'group-ended' }
  | { readonly outcome: 'owner-stays' }
  | { readonly outcome: 'new-owner'; readonly userId: string };

/** Decides it; `longestStanding` is the oldest member of those that are left, if any. */
export function succession(
  group: StoredGroup,
  leaver: string,
  longestStanding: string | undefined,
): Succession {
  if (longestStanding === undefined) return { outcome: 'group-ended' };
  if (group.ownerId !== leaver) return { outcome: 'owner-stays' };
  return { outcome: 'new-owner', userId: longestStanding };
}
