/** The parts of an engine, as they see each other. Made once, by engine.ts. */
import type { DeviceCredentials } from '../../net/device-identity.js';
import type { P2pError } from '../../net/errors.js';
import type { HasherName, SharedRates } from '../../workers/messages.js';
import type { PeerConnections } from '../downloads/peer-connections.js';
import type { Uploads } from '../sharing/uploads.js';
import type { AccountLink } from '../account/account-link.js';
import type { Serving } from '../sharing/serving.js';
import type { Shares } from '../sharing/shares.js';
import type { TicketBook } from '../account/ticket-book.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { ClientEventListener } from '../api/client-events.js';
import type { Workshop } from './workshop.js';

export interface ClientParts {
  readonly link: AccountLink;
  readonly workshop: Workshop;
  readonly uploads: Uploads;
  readonly connections: PeerConnections;
  readonly tickets: TicketBook;
  readonly batches: TrackerBatches;
  readonly rates: SharedRates;
  readonly hasher: HasherName;
  /** Bytes. */
  readonly blockLength: number;
  /** Least bytes requested ahead on one connection. */
  readonly pipelineBytes: number;
  /** The device key, read or made at the first call. */
  readonly credentials: () => Promise<DeviceCredentials>;
  /** The same after the first call has settled. */
  readonly deviceCredentials: () => DeviceCredentials;
  /** Listens and goes online; the same promise for everybody. */
  readonly startServing: () => Promise<unknown>;
  /** The user named the port to listen on. */
  readonly hasChosenPort: boolean;
  /** The listeners, once this client serves. */
  readonly serving: () => Serving | undefined;
  readonly shares: () => Promise<Shares>;
  /** The tracker ended the session for good. */
  readonly onSessionEnded: (error: P2pError) => void;
  /** True while a command of this client changes the group: what it causes is no news. */
  readonly isChanging: (groupId: string) => boolean;
  readonly emit: ClientEventListener;
  /** Lets work go on by itself; a refusal becomes an event, a bug crashes. */
  readonly inBackground: (work: Promise<unknown>) => void;
}
