/** What the tracker pushes. */
import type { Role } from '../roles.js';
import type { Replacement } from './files.js';
import type { GroupStanding } from './groups.js';
import type { OnlinePeer, PeerAddress, RelayTold, TriedAddress } from './peers.js';

/** What the tracker pushes, as JSON-RPC notifications. */
export interface TrackerNotifications {
  /** Peers of a watched file that came, changed or went. */
  peers: {
    groupId: string;
    fileId: string;
    online: readonly OnlinePeer[];
    gone: readonly string[];
    /**
     * All of `gone` went with their connection to the tracker, and none has said that it shares the file no more:
     * it may be there still. Older trackers do not say it.
     */
    lost?: true;
  };
  /**
   * To who offers or watches a content: the name stands for another one from now on. What is
   * under way may be finished; shares of it under that name have ended.
   */
  replaced: Replacement & { groupId: string; fileId: string };
  /**
   * To who follows the files of a group: a name has come or gone, stands for something else, or is shared by
   * others than before. Gathered for a moment.
   */
  filesChanged: { groupId: string };
  /**
   * Someone left a group, or may do less in it: tickets of older epochs must be renewed, the named users
   * are out.
   */
  epoch: GroupStanding & { removedUsers: readonly string[] };
  /** To the sessions of owners and admins: someone asks to join. */
  joinRequest: { groupId: string; userId: string };
  /** To every session of whoever made a link: this user has become a member by it. */
  inviteRedeemed: { groupId: string; userId: string };
  /** To the user concerned: what became of them in a group. */
  membership: GroupStanding & {
    /** What they are now in the group, or why they are not in it. */
    state: Role | 'rejected' | 'removed' | 'banned';
    /** By whom else; absent of what follows from a rule, and of who was let in or turned away. */
    by?: string;
  };
  /**
   * The tracker has dialled addresses that this device claimed: others are told of these, where it
   * proved its key. None: nobody can reach it, as far as the tracker can tell. `tried`: how each dial
   * since `goOnline` ended (older trackers do not say).
   */
  reach: { addresses: readonly PeerAddress[]; tried?: readonly TriedAddress[] };
  /**
   * A member of a group wants something that this device offers there, and asks it to come: to dial
   * these addresses, where the tracker found that device, or to the relay with this key: that of `relay`,
   * else the tracker's.
   */
  call: {
    groupId: string;
    userId: string;
    deviceId: string;
    callId: string;
    addresses?: readonly PeerAddress[];
    relayKey?: string;
    relay?: RelayTold;
  };
  /** This session was ended (logged out elsewhere, or replaced by a newer one of this device). */
  sessionEnded: { code: string; message: string };
}
