/** An engine of this process, and how one is opened. */
import type { PeerAddress } from '../../net/tracker-api.js';
import type { Home } from '../home/home.js';
import type { Status } from './client-status.js';
import type { EngineApi } from './engine-api.js';
import type { GuestDoor } from './guest-links.js';
import type { DownloadProgress } from './progress.js';
import type { RateLimitReport } from './rate-limits.js';
import type { Taker } from './takers.js';

/** An engine of this process: what commands may ask, and its life. */
export interface Engine extends EngineApi {
  /**
   * Takes the home's lock and listens on `listen`. May come before a login: from then on every
   * login puts the user's files online. Answers the address it listens on; calling it again
   * answers the same. Rejects with HOME_IN_USE, ADDRESS_IN_USE or ADDRESS_UNAVAILABLE.
   */
  startServing(): Promise<PeerAddress>;
  /** Takes the home's lock, so that others find this engine before it serves. Rejects with HOME_IN_USE. */
  claimHome(): Promise<void>;
  /** The tracker is there just now; nothing is dialled to find out. */
  readonly isTrackerConnected: boolean;
  /** The status as it is known here: a tracker that is away is not dialled, and one that is there is not asked. */
  statusAsKnown(): Promise<Status>;
  /** What whoever serves guests asks. */
  readonly guests: GuestDoor;
  /** Who takes what from here, for whoever shows it; those that do so just now first. */
  takers(): readonly Taker[];
  /**
   * Reads the limits that the home keeps again; `started` takes the place of those with which this engine was opened.
   * Rejects when they cannot be read: what held holds on.
   */
  rereadLimits(started?: StartRates): Promise<RateLimitReport>;
  /** Saves running downloads, ends every connection and thread, gives up the lock. Idempotent. */
  close(): Promise<void>;
}

/** How an engine is opened; opening is cheap, everything else happens when it is needed. */
export interface EngineOptions {
  readonly home: Home;
  /** Where to find the tracker; without it the one of the remembered login. */
  readonly tracker?: PeerAddress;
  /** Further addresses of the same tracker, by preference. @default none */
  readonly furtherTrackers?: readonly PeerAddress[];
  /** The address on which pieces are served; port 0 takes any free one. */
  readonly listen: PeerAddress;
  /** Further hosts on which they are served, at the same port. @default none */
  readonly furtherHosts?: readonly string[];
  /** What the user says others reach besides: a forwarded port, a public name. @default nothing */
  readonly announce?: readonly PeerAddress[];
  /** Whether peers are looked for, and this client is found, in its own network without the tracker. @default false */
  readonly isInLan?: boolean;
  /** Whether its router is asked to pass connections on, of a client that stays or needs somebody to come. @default false */
  readonly isMapped?: boolean;
  /** At most so much is relayed between members of the user's groups. @default nothing */
  readonly relayBytesPerSecond?: number;
  /** Refuses a tracker whose peers talk otherwise, before any of them is dialled or let in. */
  readonly peerTransport?: 'tls';
  /** Limits over all peers; without them there is none. */
  readonly upBytesPerSecond?: number;
  readonly downBytesPerSecond?: number;
  /**
   * So many downloads fetch at a time, small files that are fetched together counting as one; others wait in line.
   * @default MAX_RUNNING_DOWNLOADS, of which those of few pieces take half
   */
  readonly atOnce?: number;
  /** Transfers give way to others on the way; the limits above hold as well. @default false */
  readonly isBackground?: boolean;
  /** Each way, for what stays in this machine's own networks and then counts for nothing else. @default as all else */
  readonly lanBytesPerSecond?: number | 'unlimited';
  /**
   * Whether a login is remembered in the home: yes for one-shot commands, no for the shell. The remembered one is
   * gone on with in both; in the shell until somebody logs in or out, and only if it is of `tracker`.
   */
  readonly remember: boolean;
  /**
   * The engine stays (`serve`, `client`): a login puts everything online that was shared, and
   * goes on with downloads that were left unfinished.
   * @default false
   */
  readonly isStaying?: boolean;
  /**
   * Whether a file counts as downloaded once it is on the disk, or once the system has it.
   * @default 'disk'
   */
  readonly durability?: 'disk' | 'cache';
  /** Reads what is shared again in the background, all of it once a month. @default false */
  readonly isScrubbing?: boolean;
  readonly threads?: number;
  readonly hasher?: 'wasm' | 'hash-wasm' | 'native';
  /** Bytes. */
  readonly blockLength?: number;
  /** Least bytes requested ahead on one connection. @default INITIAL_PIPELINE_BYTES */
  readonly pipelineBytes?: number;
  /** Bytes of piece slots per transfer thread. @default SLOT_MEMORY_BYTES */
  readonly slotMemoryBytes?: number;
  /**
   * Called once, right after the engine took the home's lock. From then on the commands of
   * other processes can reach it. The engine never waits for the lock: HOME_IN_USE comes at
   * once, and the command line hands the command to the engine that has it.
   */
  readonly onLocked?: () => void;
  /**
   * Called once for each download that has ended here, however it did, before anybody who waits for it hears. What
   * goes to standard output is none. Must not throw.
   */
  readonly onDownloadEnded?: (progress: DownloadProgress) => void;
}

/** The limits with which an engine is opened. */
export type StartRates = Pick<
  EngineOptions,
  'upBytesPerSecond' | 'downBytesPerSecond' | 'lanBytesPerSecond'
>;
