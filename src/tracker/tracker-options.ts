/** What a tracker is started with. */
import type { StorageError } from '../net/errors.js';
import type {
  PeerAddress,
  PeerTransport,
  Registration as RegistrationMode,
} from '../net/tracker-api.js';
import type { PasswordCost } from './accounts/password-cost.js';
import type { Clock } from './clock.js';
import type { Log } from './log.js';
import type { DialBack } from './reach/reach.js';

export interface TrackerOptions {
  /** The address to listen on. */
  readonly host: string;
  /** 0 lets the system choose. */
  readonly port: number;
  /** Where keys and database live; created when missing. */
  readonly dataDir: string;
  /** Begins anew where the database is gone and the keys are not. @default false */
  readonly isNew?: boolean | undefined;
  /** The address of a PostgreSQL database to keep in what must not be lost. @default a file in `dataDir` */
  readonly databaseUrl?: string | undefined;
  /** The address of a presence server: others may work with the same database. @default it is this one's alone */
  readonly presenceUrl?: string | undefined;
  /** PEM files of a certificate and its key to present instead of the tracker's own. */
  readonly tlsCertPath?: string | undefined;
  readonly tlsKeyPath?: string | undefined;
  /** How peers of this tracker's groups talk to each other. */
  readonly peerTransport: PeerTransport;
  /** Where clients reach it, for those who reach it elsewhere: at most MAX_TRACKER_ADDRESSES. @default nothing */
  readonly announce?: readonly PeerAddress[] | undefined;
  /** Where health and figures are answered, in the clear, and then nowhere else. @default none */
  readonly metricsAddress?: PeerAddress | undefined;
  /** Who may make an account. @default 'open' */
  readonly registration?: RegistrationMode | undefined;
  /** Accounts that one address may make in a day. @default ACCOUNTS_PER_DAY_PER_ADDRESS */
  readonly accountsPerDay?: number | undefined;
  /** What hashing a new password takes. @default PASSWORD_COST */
  readonly passwordCost?: PasswordCost;
  /** How addresses that devices claim are looked at. @default createDialBack */
  readonly dialBack?: DialBack;
  /** What may pass in a second from peers to peers that cannot dial each other. @default nothing */
  readonly relayBytesPerSecond?: number | undefined;
  readonly log: Log;
  /** Its disk has failed: nothing can be stored any more, and it has to be closed. @default nobody hears */
  readonly onLost?: (error: StorageError) => void;
  /** @default the machine's clocks */
  readonly clock?: Clock;
}
