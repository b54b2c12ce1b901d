/** Where peers are, and how two of them meet. */

/**
 * How a look at an address ended. `other-device`: somebody else's key is there. `refused`: there is
 * nobody at that port. `silent`: no answer in time. `no-way`: it cannot be dialled from there.
 */
export type ReachOutcome = 'answered' | 'other-device' | 'refused' | 'silent' | 'no-way';

/** An address at which somebody has looked for a device. */
export interface TriedAddress extends PeerAddress {
  readonly outcome: ReachOutcome;
}

/** One place where a peer may be reached. */
export interface PeerAddress {
  readonly host: string;
  readonly port: number;
}

/** How the bytes between peers travel: TLS 1.3, or in the clear on trusted networks. */
export type PeerTransport = 'tls' | 'tcp';

/** A member who relays, where a device that is told of it can dial it. */
export interface RelayTold {
  readonly userId: string;
  readonly deviceId: string;
  readonly addresses: readonly PeerAddress[];
}

/** The tracker's own relay, where relays are named. */
export const TRACKERS_RELAY = 'tracker';

/** How two devices may meet of which one cannot dial the other. */
export type CallWay = 'direct' | 'relay';

/**
 * What became of a call. `absent`: nobody who answers calls offers that file there. `unreached`: the
 * caller was found nowhere itself. `unrelayed`: nobody relays between the two, or nothing more.
 */
export type CallOutcome = 'called' | 'absent' | 'unreached' | 'unrelayed';

/** A device that offers a file right now. */
export interface OnlinePeer {
  readonly deviceId: string;
  readonly userId: string;
  /** Candidates in the order in which they should be tried. */
  readonly addresses: readonly PeerAddress[];
  /** False while the peer is still downloading the file itself. */
  readonly complete: boolean;
  /** It answers calls; told only to those who know of calls. @default false */
  readonly calls?: boolean;
}

/** One file that a device offers. */
export interface Announcement {
  readonly groupId: string;
  readonly fileId: string;
  readonly state: 'complete' | 'partial' | 'gone';
}

/** A ticket as the tracker hands it out. */
export interface IssuedTicket {
  /** Base64. */
  readonly ticket: string;
  readonly epoch: number;
  /** On the tracker's clock. */
  readonly expiresAtMs: number;
  /** The group's `LanKey`, base64; older trackers have none. */
  readonly lanKey?: string;
}

/** What members of a group write to each other with in their own network; see main/lan/lan-letter.ts. */
export interface LanKey {
  readonly groupId: string;
  /** Another epoch, another key: who is out does not get it. */
  readonly epoch: number;
  /** Base64 (32 bytes). */
  readonly key: string;
}
