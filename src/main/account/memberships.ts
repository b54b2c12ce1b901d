/**
 * The groups that this client's user is in, as the tracker said last: of each name the one
 * incarnation that counts. The whole list comes with every session, so that what happened while
 * this client was away is known before anything of before is served, fetched or shared again.
 */
import { display } from '../../net/display.js';
import { TrackerError } from '../../net/errors.js';
import type { Role } from '../../net/roles.js';
import type { GroupStanding } from '../../net/tracker-api.js';
import type { Account } from '../home/library-records.js';

/** How a membership ended: the user is out, or the name belongs to another group by now. */
export type MembershipEnd = 'removed' | 'replaced';

/** A group as something of before belongs to it; an empty incarnation was noted before they existed. */
export type GroupOfBefore = Pick<GroupStanding, 'groupId' | 'incarnation'>;

/** A group in which the user is now, and as what, if that was told. */
export type PresentGroup = GroupOfBefore & { readonly role?: Role };

/** What has happened to a membership while nobody could say so. */
export interface MembershipNews {
  readonly groupId: string;
  readonly state: MembershipEnd | Role;
}

export class Memberships {
  #account: Account | undefined;
  readonly #groups = new Map<string, PresentGroup>();
  #listCount = 0;

  /** Whole lists that were taken in: another one has come with each session. */
  get listCount(): number {
    return this.#listCount;
  }

  /** True when what is known is of another user, or another tracker. */
  isOfOther({ trackerId, userId }: Account): boolean {
    const known = this.#account;
    return known !== undefined && (known.trackerId !== trackerId || known.userId !== userId);
  }

  /** Takes the whole list in; answers what has become of those known before, as far as that is news. */
  learnAll(account: Account, groups: readonly PresentGroup[]): MembershipNews[] {
    const before = [...this.#groups.values()];
    this.clear();
    this.#account = account;
    this.#listCount++;
    for (const group of groups) this.learn(group);
    return before.flatMap((group) => {
      const { groupId, role } = group;
      const now = this.roleIn(groupId);
      const state = this.endOf(group) ?? (role === undefined || now === role ? undefined : now);
      return state === undefined ? [] : [{ groupId, state }];
    });
  }

  /** The user is in this group now. */
  learn({ groupId, incarnation, role }: PresentGroup): void {
    this.#groups.set(groupId, { groupId, incarnation, ...(role && { role }) });
  }

  forget(groupId: string): void {
    this.#groups.delete(groupId);
  }

  clear(): void {
    this.#account = undefined;
    this.#groups.clear();
  }

  /** The incarnation of a group in which the user is; undefined for any other group. */
  incarnationOf(groupId: string): string | undefined {
    return this.#groups.get(groupId)?.incarnation;
  }

  /** What the user is in a group, as the tracker said last. */
  roleIn(groupId: string): Role | undefined {
    return this.#groups.get(groupId)?.role;
  }

  /** How it has ended that the user was in this group; undefined while it goes on. */
  endOf({ groupId, incarnation }: GroupOfBefore): MembershipEnd | undefined {
    const present = this.incarnationOf(groupId);
    if (present === undefined) return 'removed';
    return incarnation === '' || incarnation === present ? undefined : 'replaced';
  }

  /** @throws TrackerError NOT_A_MEMBER when what belongs to this group must not be used any more */
  require(group: GroupOfBefore): void {
    const end = this.endOf(group);
    if (end !== undefined) throw membershipEnded(group.groupId, end);
  }
}

/** Says why what belonged to a group is over. */
export function membershipEnded(groupId: string, end: MembershipEnd): TrackerError {
  const group = display(groupId);
  const message =
    end === 'removed'
      ? `you are no longer a member of ${group}`
      : `the group ${group} has ended, and another one has its name now; what was shared with the old one is not shared with it`;
  return new TrackerError('NOT_A_MEMBER', message);
}
