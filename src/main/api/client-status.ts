/** What a client says of itself when it is asked. */
import type {
  OpenRequests,
  PeerAddress,
  PeerTransport,
  QuotaReport,
} from '../../net/tracker-api.js';
import type { GatewayPlace } from './guest-links.js';
import type { ReachState } from './reach.js';
import type { ToldTrackerAddress } from './told-tracker-address.js';

export interface Status {
  readonly userId: string | undefined;
  readonly tracker: string | undefined;
  readonly isTrackerConnected: boolean;
  /** All of its addresses, and how each fared. */
  readonly trackerAddresses: readonly ToldTrackerAddress[];
  /** What this home knows the tracker by: a key that it has to show, or an authority's word. */
  readonly trackerIdentity: { readonly how: 'key' | 'authority'; readonly id: string } | undefined;
  /** Undefined in a home that has met no tracker: its key is made for the first. */
  readonly deviceId: string | undefined;
  readonly listening: PeerAddress | undefined;
  /** Where guests come in; undefined when they have no way in. */
  readonly gateway: GatewayPlace | undefined;
  /** Whether others reach this client there, as far as anybody has tried. */
  readonly reach: ReachState;
  readonly peerTransport: PeerTransport | undefined;
  /** A tracker whose peers talk otherwise is refused. */
  readonly requiredPeerTransport: 'tls' | undefined;
  /** Of `shares`, those that are served now; all that is served when those cannot be told. */
  readonly sharedFiles: number;
  /** Files that this user shares from this home, served or not; undefined when that cannot be told. */
  readonly shares: number | undefined;
  /** What the tracker's operator allows, and what is used of it; undefined when that cannot be told now. */
  readonly quotas: QuotaReport | undefined;
  /** Who waits for an answer of the user, and whose the user waits for; undefined when that cannot be told now. */
  readonly requests: OpenRequests | undefined;
  readonly uploadSessions: number;
  readonly runningDownloads: number;
  /** Those that are not complete and do not run; undefined when that cannot be told. */
  readonly idleDownloads: IdleDownloads | undefined;
  /** Just now, averaged over about two seconds. */
  readonly upBytesPerSecond: number;
  readonly downBytesPerSecond: number;
  /** Bytes since the engine started. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** The same by the way they went: within this machine's own networks, outside of them, through relays. */
  readonly traffic: { readonly sent: WayBytes; readonly received: WayBytes };
  /** How much of that moves in a second just now, averaged over about two seconds; with what is not verified. */
  readonly trafficBytesPerSecond: { readonly sent: WayBytes; readonly received: WayBytes };
  /** What is relayed between members; undefined when nothing is. */
  readonly relay:
    | {
        readonly bytesPerSecondLimit: number;
        /** Of two members each, now. */
        readonly meetings: number;
        /** Since the engine started. */
        readonly bytes: number;
      }
    | undefined;
  readonly upBytesPerSecondLimit: number | undefined;
  readonly downBytesPerSecondLimit: number | undefined;
  /** What transfers may take just now that give way to others; undefined when they do not. */
  readonly background:
    { readonly upBytesPerSecond: number; readonly downBytesPerSecond: number } | undefined;
  /** Of what stays in this machine's own networks, the smaller of both ways; undefined when that is as all else. */
  readonly lanBytesPerSecondLimit: number | 'unlimited' | undefined;
  /** The same of each way. */
  readonly lanUpBytesPerSecondLimit: number | 'unlimited' | undefined;
  readonly lanDownBytesPerSecondLimit: number | 'unlimited' | undefined;
  /** Of what leaves them, besides the limits of all. */
  readonly wanUpBytesPerSecondLimit: number | undefined;
  readonly wanDownBytesPerSecondLimit: number | undefined;
}

/** Bytes by the way they went. */
export interface WayBytes {
  readonly lan: number;
  readonly wan: number;
  readonly relay: number;
}

/** Downloads that are not complete and do not run, counted. */
export interface IdleDownloads {
  readonly queued: number;
  readonly paused: number;
  /** Nobody downloads them: they were stopped, or a run before ended in them. */
  readonly interrupted: number;
  readonly failed: number;
}
