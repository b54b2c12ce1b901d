/** Requests about groups: who is in them, who comes and goes, what has happened. */
import type { InvitedRole, Role } from '../roles.js';
import type {
  GroupBan,
  GroupInvite,
  GroupMember,
  GroupMembership,
  GroupRow,
  GroupStanding,
  HistoryPage,
  OpenRequests,
} from './groups.js';
import type { Page } from './pages.js';

export interface GroupMethods {
  /** GROUP_EXISTS, LIMIT_REACHED. The caller becomes the owner. */
  createGroup: { params: { groupId: string }; result: GroupStanding };
  /** NO_SUCH_GROUP, ALREADY_MEMBER, ALREADY_REQUESTED, BANNED, LIMIT_REACHED. */
  joinGroup: { params: { groupId: string }; result: Record<string, never> };
  /**
   * NO_SUCH_GROUP, NOT_A_MEMBER. Also withdraws a pending request. `newOwner`: who became the owner, because
   * nobody else owned the group. The links that the user made end.
   */
  leaveGroup: { params: { groupId: string }; result: { newOwner?: string; groupEnded: boolean } };
  /** NO_SUCH_GROUP, NOT_OWNER. */
  listRequests: { params: { groupId: string; after?: string }; result: Page<string> };
  /** NO_SUCH_GROUP, NOT_OWNER, NO_SUCH_REQUEST, BANNED (on a device of somebody who is). */
  acceptRequest: { params: { groupId: string; userId: string }; result: Record<string, never> };
  rejectRequest: { params: { groupId: string; userId: string }; result: Record<string, never> };
  /**
   * NO_SUCH_GROUP, NOT_OWNER (also: of an owner or admin by an admin), NO_SUCH_USER (not in this group),
   * BAD_REQUEST (oneself). Whoever is kicked
   * may have kept an invite: all of the group end with it.
   */
  kick: {
    params: { groupId: string; userId: string };
    /** How many invites ended (older trackers do not say). */
    result: { endedInvites?: number };
  };
  /**
   * Makes another one an owner and the caller a plain member. NO_SUCH_GROUP, NOT_OWNER, NO_SUCH_USER
   * (not in this group), BAD_REQUEST (oneself), LIMIT_REACHED.
   */
  transferOwner: { params: { groupId: string; userId: string }; result: Record<string, never> };
  /**
   * Gives a member a role; whoever is less by that loses the links that they made, and a new epoch ends
   * their tickets. For owners; everybody may step down themselves. NO_SUCH_GROUP, NOT_OWNER, NO_SUCH_USER
   * (not in this group), LAST_OWNER, LIMIT_REACHED.
   */
  setRole: {
    params: { groupId: string; userId: string; role: Role };
    result: { isChanged: boolean };
  };
  /**
   * Kicks a user, if that is one of the group, rejects their request, and lets neither them in again nor
   * any account of the devices on which they were. NO_SUCH_GROUP, NOT_OWNER (also: of an owner or admin by
   * an admin), NO_SUCH_USER (there is none of that id), BAD_REQUEST (oneself), LIMIT_REACHED.
   */
  ban: {
    params: { groupId: string; userId: string };
    /** How many invites ended. */
    result: { endedInvites: number };
  };
  /** NO_SUCH_GROUP, NOT_OWNER (also: of who was an owner or admin by an admin), NO_SUCH_BAN. */
  unban: { params: { groupId: string; userId: string }; result: Record<string, never> };
  /** In the order of their ids. NO_SUCH_GROUP, NOT_OWNER. */
  listBans: { params: { groupId: string; after?: string }; result: Page<GroupBan> };
  /**
   * Makes a way into a group for whoever has its secret, of which the tracker learns the SHA-256
   * (hex) alone. NO_SUCH_GROUP, NOT_OWNER, LIMIT_REACHED.
   */
  createInvite: {
    params: {
      groupId: string;
      inviteId: string;
      uses: number;
      lifetimeMs: number;
      /** @default 'member' */
      role?: InvitedRole;
    };
    /** `role`: a tracker that knows of none would make members of readers, and cannot say this. */
    result: { expiresAtMs: number; role: InvitedRole };
  };
  /** Those that have not expired, in the order of their ids. NO_SUCH_GROUP, NOT_OWNER. */
  listInvites: { params: { groupId: string; after?: string }; result: Page<GroupInvite> };
  /** NO_SUCH_GROUP, NOT_OWNER. `isKnown` is false when there was none. */
  revokeInvite: { params: { groupId: string; inviteId: string }; result: { isKnown: boolean } };
  /**
   * Makes the user a member, or a reader. One who is in the group stays what they are, whatever has become
   * of the invite, and uses nothing up (`isNew` is false).
   * INVITE_INVALID for whatever is wrong with it, BANNED, LIMIT_REACHED.
   */
  redeemInvite: {
    params: { groupId: string; secret: string };
    result: GroupMembership & { isNew: boolean };
  };
  /** Who is in a group, by their ids, for those who are in it. NO_SUCH_GROUP, NOT_A_MEMBER. */
  listMembers: { params: { groupId: string; after?: string }; result: Page<GroupMember> };
  /**
   * What has happened in a group, the oldest first; `after` is the number of an entry.
   * NO_SUCH_GROUP, NOT_A_MEMBER.
   */
  history: { params: { groupId: string; after?: string }; result: HistoryPage };
  listGroups: { params: { after?: string }; result: Page<string> };
  /** All groups, in the order of their ids, with what the caller may know of each. */
  describeGroups: { params: { after?: string }; result: Page<GroupRow> };
  /** What waits for the caller, and what the caller waits for. */
  openRequests: { params: Record<string, never>; result: OpenRequests };
  /** The caller's own groups, in the order of their ids. */
  listMemberships: { params: { after?: string }; result: Page<GroupMembership> };
}
