/** What a look at this machine's network has found, as data: see the command `doctor net`. */
import type { WireError } from '../../net/errors.js';
import type { PeerAddress, TriedAddress } from '../../net/tracker-api.js';
import type { ReachState } from './reach.js';
import type { ToldTrackerAddress } from './told-tracker-address.js';

/** How this client is found, in one word. */
export type NetworkKind =
  /** Others reach an address of this very machine. */
  | 'open'
  /** Others reach it through a router that this client has asked. */
  | 'mapped'
  /** Others reach it at an address that is not this machine's: somebody forwards a port. */
  | 'forwarded'
  /** The tracker is in the same network, so that nobody knows about others. */
  | 'same-network'
  /** It listens for this machine alone. */
  | 'this-machine'
  /** The tracker sees an address of this machine, and gets no answer there. */
  | 'firewalled'
  /** A router stands between, and passes nothing on. */
  | 'behind-router'
  /** Its router has passed a port on, and stands behind another one. */
  | 'behind-two-routers'
  /** Without a tracker nobody can tell. */
  | 'unknown';

export type TrackerLook =
  | {
      readonly state: 'reached';
      readonly address: string;
      /** Which p2p it is; undefined of one that cannot say. */
      readonly version: string | undefined;
      /** Milliseconds from a question to its answer. */
      readonly roundTripMs: number;
      /** Where it sees this client; older trackers do not say. */
      readonly seen: string | undefined;
      /** How far the clock of this machine is ahead of the tracker's. */
      readonly clockAheadMs: number;
    }
  | { readonly state: 'away'; readonly error: WireError };

export type RouterLook =
  | { readonly state: 'off' }
  | { readonly state: 'asking' }
  | {
      readonly state: 'mapped';
      readonly by: 'pcp' | 'nat-pmp' | 'upnp';
      readonly router: string;
      readonly externalHost: string | undefined;
      readonly externalPort: number;
    }
  /** `routers`: those that this machine has, behind a private address of its own. */
  | {
      readonly state: 'none';
      readonly tried: readonly { readonly by: string; readonly refused: 'silent' | number }[];
    };

export interface NetworkReport {
  readonly kind: NetworkKind;
  /** Of this machine, without loopback. */
  readonly addresses: readonly { readonly host: string; readonly interfaceName: string }[];
  /** Whether it has an address of IPv6 with which others in the world can be reached. */
  readonly hasIpv6: boolean;
  readonly tracker: TrackerLook;
  /** All of its addresses; those that are not used were looked at when it was reached. */
  readonly trackerAddresses: readonly ToldTrackerAddress[];
  readonly listening: readonly PeerAddress[];
  readonly reach: ReachState;
  /** How the tracker's dials ended. */
  readonly tried: readonly TriedAddress[];
  readonly router: RouterLook;
  /** `hosts`: from where peers of this network are asked; `faults`: what the system refused. */
  readonly lan:
    | { readonly state: 'off' | 'untried' }
    | {
        readonly state: 'on';
        readonly hosts: readonly string[];
        readonly faults: readonly string[];
      };
}
