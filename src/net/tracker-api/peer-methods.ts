/** Requests about who has a file now, and how to meet them. */
import type { Replacement } from './files.js';
import type { TrackerNotifications } from './notifications.js';
import type {
  Announcement,
  CallOutcome,
  CallWay,
  IssuedTicket,
  LanKey,
  OnlinePeer,
  PeerAddress,
  RelayTold,
} from './peers.js';

export interface PeerMethods {
  /**
   * Registers where this device serves pieces. The host `0.0.0.0` or `::` stands for the
   * address the tracker sees. NO_DEVICE. What was announced before stays announced.
   */
  goOnline: {
    /** `relays`: this client relays between members of its groups. @default false */
    params: { addresses: readonly PeerAddress[]; relays?: boolean };
    /** Those that the tracker dials; `seen`: where it sees this device (older trackers do not say). */
    result: { addresses: readonly PeerAddress[]; seen?: string };
  };
  /**
   * Says what this device serves right now; needs goOnline. A device may announce
   * a file only in a group of its user, and the file must be known there.
   */
  announce: {
    params: { files: readonly Announcement[] };
    /** `replaced`: those taken for which no name stands any more, though one did; absent without any. */
    result: {
      refused: readonly { groupId: string; fileId: string; code: string }[];
      replaced?: readonly TrackerNotifications['replaced'][];
    };
  };
  /**
   * Peers that have the file, and `peers` notifications from now on until `unwatch`. `replaced`:
   * no name of the group stands for it any more, but one did.
   */
  watch: {
    params: { groupId: string; fileId: string };
    result: IssuedTicket & { peers: readonly OnlinePeer[]; replaced?: Replacement };
  };
  unwatch: { params: { groupId: string; fileId: string }; result: Record<string, never> };
  /**
   * Asks a device that offers a file to come to this one: to dial it where it was proven to be, or to
   * meet it at a relay: the tracker's, else a member's; not at those in `without` (device ids, and
   * TRACKERS_RELAY). NO_SUCH_GROUP, NOT_A_MEMBER, NO_DEVICE, LIMIT_REACHED.
   */
  call: {
    params: {
      groupId: string;
      fileId: string;
      deviceId: string;
      callId: string;
      way: CallWay;
      without?: readonly string[];
    };
    /** `relayKey` of a call that was passed on by way of a relay; `relay`: a member's. */
    result: { outcome: CallOutcome; relayKey?: string; relay?: RelayTold };
  };
  /** A fresh ticket for one group (base64). NOT_A_MEMBER, NO_DEVICE. */
  ticket: {
    params: { groupId: string };
    result: IssuedTicket;
  };
  /** The present LAN keys of those of these groups in which the user is. */
  lanKeys: {
    params: { groupIds: readonly string[] };
    result: { keys: readonly LanKey[] };
  };
}
