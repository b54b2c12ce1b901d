/**
 * What follows from a turn once it is committed, as plain data. A handler emits effects in the
 * order in which they shall be felt; `EffectApplier` makes sessions, presence and watches of
 * this process feel them. JSON carries every effect unchanged, so that another tracker process
 * on the same store can be sent them. An effect names users, devices and groups, never a
 * connection: the one on which the request came is known to the process that has it.
 */
import type { ErrorCode } from '../net/errors.js';
import type { Role } from '../net/roles.js';
import type { GroupStanding, PeerAddress } from '../net/tracker-api.js';

interface InGroup {
  readonly groupId: string;
}

/** One user concerned, with the group's standing as it is told to them. */
interface Membership extends GroupStanding {
  readonly userId: string;
}

/** The same with whoever brought it about; without when it follows from a rule. */
interface MembershipBy extends Membership {
  readonly by?: string;
}

interface Content extends InGroup {
  readonly fileId: string;
}

interface Offer extends Content {
  readonly deviceId: string;
}

interface LoginOf {
  readonly userId: string;
  readonly tokenHash: string;
}

export type Effect =
  /** The connection of the turn belongs to this user, a member of these groups. */
  | ({ readonly type: 'login-begun'; readonly groupIds: readonly string[] } & LoginOf)
  /** The login is over, and so are all of this user on the device (empty: without a device). */
  | ({ readonly type: 'login-ended'; readonly deviceId: string } & LoginOf)
  /** All logins of the user on this device are over, or on all, but for the one that is kept. */
  | {
      readonly type: 'logins-ended';
      readonly userId: string;
      readonly deviceId?: string;
      readonly keptTokenHash: string;
      /** What their clients are told; the code is NOT_LOGGED_IN when there is none. */
      readonly code?: ErrorCode;
      readonly message: string;
    }
  | ({ readonly type: 'group-created' } & Membership)
  | ({
      readonly type: 'join-requested';
      readonly userId: string;
      /** The owners and admins. */
      readonly governors: readonly string[];
    } & InGroup)
  /** A link of this member has let the user in. */
  | ({
      readonly type: 'invite-redeemed';
      readonly userId: string;
      readonly creatorId: string;
    } & InGroup)
  | ({ readonly type: 'request-rejected' } & Membership)
  | ({ readonly type: 'member-joined'; readonly role: Role } & Membership)
  /** Left or was kicked: the epoch has risen. */
  | ({ readonly type: 'member-removed' } & MembershipBy)
  /** A member was banned, and is out by that: the epoch has risen. */
  | ({ readonly type: 'banned' } & MembershipBy)
  /** Stays a member, and nobody may serve them: the epoch has risen. */
  | ({ readonly type: 'member-barred' } & Membership)
  /** A member is this now. */
  | ({ readonly type: 'role-changed'; readonly role: Role } & MembershipBy)
  /** Somebody may do less than before: the epoch has risen. */
  | ({ readonly type: 'epoch-risen' } & GroupStanding)
  /** The name stands for another content now, which this member shares; it stood for this one. */
  | ({
      readonly type: 'content-replaced';
      readonly name: string;
      readonly sharer: string;
    } & Content)
  /** Nobody shares this content in the group any more. */
  | ({ readonly type: 'content-gone' } & Content)
  /** The list of files of the group is another one. */
  | ({ readonly type: 'files-changed' } & InGroup)
  /** The device has all of the content and serves it, if it is online on this connection. */
  | ({ readonly type: 'offer-begun' } & Offer)
  | ({ readonly type: 'offer-ended' } & Offer)
  /**
   * The connection of the turn speaks for the device, which may be reachable at these addresses, and
   * at the local ones from inside of its own network.
   */
  | {
      readonly type: 'device-online';
      readonly deviceId: string;
      readonly userId: string;
      readonly addresses: readonly PeerAddress[];
      readonly local: readonly PeerAddress[];
      /** It relays between members of its groups. */
      readonly relays: boolean;
    }
  /** Something is left of a removal that further turns have to remove. */
  | { readonly type: 'removal-pending' }
  /** What the connection of the turn had staged of this description is stored. */
  | { readonly type: 'description-stored'; readonly fileId: string };

/** One kind of effect. */
export type EffectOf<T extends Effect['type']> = Extract<Effect, { readonly type: T }>;
