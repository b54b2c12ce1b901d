/**
 * The rules of groups: who may ask to join, how much of what there may be. Roles have role-rules.ts.
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
import { banned } from './role-rules.js';
import type { StoredGroup } from './store/stored.js';

/** The group, if it exists. @throws TrackerError NO_SUCH_GROUP */
export function existing(group: StoredGroup | undefined): StoredGroup {
  if (group) return group;
  throw new TrackerError('NO_SUCH_GROUP', 'no such group; `groups` shows those that exist');
}

/** The refusal of whoever is not in a group. */
export function notMember({ groupId }: StoredGroup, hasRequest = false): TrackerError {
  return new TrackerError(
    'NOT_A_MEMBER',
    hasRequest
      ? `${HAS_ASKED} ${groupId}; its owner has not answered yet`
      : `you are not a member of ${groupId}; ask to join with \`join\``,
  );
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
  /** The user is banned from the group, or is on a device of somebody who is. */
  readonly isShutOut: boolean;
  /** Groups the user belongs to or asks to join. */
  readonly groupCount: number;
  /** Requests that wait in this group. */
  readonly requestCount: number;
  /** Of those, from the network of the user. */
  readonly networkRequestCount: number;
}

/** @throws TrackerError ALREADY_MEMBER, ALREADY_REQUESTED, BANNED, LIMIT_REACHED */
export function checkJoin(group: StoredGroup, facts: JoinFacts): void {
  const { groupId } = group;
  if (facts.isMember) throw new TrackerError('ALREADY_MEMBER', `you are a member of ${groupId}`);
  if (facts.hasRequest) {
    throw new TrackerError(
      'ALREADY_REQUESTED',
      `you have asked to join ${groupId}; its owner has to accept`,
    );
  }
  if (facts.isShutOut) throw banned(groupId);
  checkGroupCount(facts.groupCount);
  const isNetworkFull = facts.networkRequestCount >= MAX_REQUESTS_PER_GROUP_AND_ADDRESS;
  if (isNetworkFull || facts.requestCount >= MAX_REQUESTS_PER_GROUP) {
    throw new TrackerError(
      'LIMIT_REACHED',
      `too many requests wait in ${groupId}; try again later`,
    );
  }
}
