/** How others reach this client, as data. */
import type { PeerAddress, ReachOutcome } from '../../net/tracker-api.js';

/** Why others cannot come, or not all of them. */
export interface ReachObstacle {
  /** `loopback`: it listens where only this machine comes. `untried`: nobody could look. Else how a look ended. */
  readonly reason: Exclude<ReachOutcome, 'answered'> | 'loopback' | 'untried';
  /** What was looked at, or is listened on. */
  readonly at: readonly PeerAddress[];
}

/** How others come all the same: they call, and this client goes to them. */
export interface LateReach {
  /** Whose relay passes on what neither side could dial, `HOST:PORT`; absent without any. */
  readonly relay?: string;
}

export type ReachState =
  /** Nothing is served, or no tracker was told yet. */
  | { readonly state: 'unserved' }
  /** The tracker is looking. */
  | { readonly state: 'looking' }
  /** `from`: who was there to try it; a tracker on this very machine sees no firewall. */
  | {
      readonly state: 'reached';
      readonly addresses: readonly PeerAddress[];
      readonly from: 'elsewhere' | 'this-machine';
    }
  /** All is on this machine, as the user said: tracker, client, and whoever comes. */
  | { readonly state: 'local'; readonly addresses: readonly PeerAddress[] }
  /** None but who is on the same network is told where. */
  | {
      readonly state: 'nearby';
      readonly addresses: readonly PeerAddress[];
      readonly obstacle: ReachObstacle;
      /** Absent when nobody comes from elsewhere at all. */
      readonly late?: LateReach;
    }
  | { readonly state: 'unreached'; readonly obstacle: ReachObstacle; readonly late?: LateReach };
