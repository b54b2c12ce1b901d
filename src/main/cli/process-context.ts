/**
 * What a command that is a process of its own works with, and the parts that bin/p2p.js puts
 * together. The tracker comes in here as a function, because nothing under src/main may import
 * src/tracker; both parts are loaded only when they are used.
 */
import type { PeerAddress, PeerTransport, Registration } from '../../net/tracker-api.js';
import type { TrackerUpkeep } from '../../net/tracker-upkeep.js';
import type { Engine, EngineOptions } from '../api/engine.js';
import type { Given } from './command.js';
import type { Environment } from '../terminal/environment.js';
import type { Loudness, ProcessOutput } from '../terminal/output.js';

/** How `p2p tracker` starts; the tracker says more about each. */
export interface TrackerLaunch {
  readonly host: string;
  readonly port: number;
  readonly dataDir: string;
  /** Begins anew where the database is gone and the keys are not. @default false */
  readonly isNew?: boolean;
  /** The address of a PostgreSQL database. @default a file in `dataDir` */
  readonly databaseUrl?: string;
  /** The address of a presence server, for trackers that share the database. @default it is this one's alone */
  readonly presenceUrl?: string;
  readonly peerTransport: PeerTransport;
  /** Where clients reach it, for those who reach it elsewhere. @default nothing */
  readonly announce?: readonly PeerAddress[];
  readonly tlsCertPath?: string;
  readonly tlsKeyPath?: string;
  readonly logFormat: 'text' | 'json';
  /** Nothing is said and logged but errors. @default false */
  readonly isQuiet?: boolean;
  /** Where health and figures are answered, in the clear. @default the tracker's own port */
  readonly metricsAddress?: PeerAddress;
  /** Who may make an account. @default 'open' */
  readonly registration?: Registration;
  /** What may pass in a second from peers to peers that cannot dial each other. @default nothing */
  readonly relayBytesPerSecond?: number;
  /** Accounts that one address may make in a day. @default ACCOUNTS_PER_DAY_PER_ADDRESS */
  readonly accountsPerDay?: number;
  /** Hears once where it listens, for people. */
  readonly onListening?: (line: string) => void;
}

/** The parts of the product that the command line is built on. */
export interface Parts {
  readonly openEngine: (options: EngineOptions) => Promise<Engine>;
  readonly runTracker: (launch: TrackerLaunch, environment: Environment) => Promise<number>;
  readonly trackerUpkeep: () => Promise<TrackerUpkeep>;
}

/** The surroundings of a command that is a process of its own. */
export interface ProcessContext {
  readonly parts: Parts;
  readonly environment: Environment;
  readonly out: ProcessOutput;
  /** Aborted by SIGINT or SIGTERM; its reason is the error to end with. */
  readonly signal: AbortSignal;
  /** Aborted once nobody reads standard output any more. */
  readonly readerGone: AbortSignal;
  readonly isDebug: boolean;
  readonly loudness: Loudness;
  /** Milliseconds since 1970. */
  readonly nowMs: () => number;
  /** Every question is answered with yes. */
  readonly isYes: boolean;
  /** What was given, with what the files of settings say by now. */
  readonly rereadSettings: () => Promise<Given>;
}
