/** What passes between a session of a download and the connection that it uses, and what all share. */
import type { OnlinePeer, PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import type {
  FileToFetch,
  GuessedFile,
  MainToPeerSession,
  PeerSessionTask,
  PeerSessionToMain,
} from '../../workers/messages/peer-session.js';
import type { TicketBook } from '../account/ticket-book.js';
import type { TransferPool } from '../threads/transfer-pool.js';
import type { LateWays } from './late-ways.js';
import type { DialRules } from './dial-rules.js';

/**
 * Why a download wants a connection to a peer: its first one, a further one because threads are idle, or one of
 * several because the way is long.
 */
export type ConnectionKind = 'first' | 'further' | 'far';

/** What a session hears: the connection's own messages are not for it. */
export type FileMessage = Exclude<
  PeerSessionToMain,
  { type: 'released' | 'idle' | 'proven' | 'found' | 'unasked' }
>;

/** What a session may say. */
export type FileOrder = Exclude<MainToPeerSession, { type: 'open' }>;

/** What was asked of a device before any file was wanted of it; `begun` when some of what a name stands for comes. */
export type AskedAhead = GuessedFile | { readonly name: string; readonly begun: boolean };

/** Where a peer was met, and how far away that is. */
export interface MetAt {
  readonly address: PeerAddress;
  readonly latencyMs: number;
}

/** What is the same for every connection of a client. */
export interface ConnectionOptions extends Pick<
  PeerSessionTask,
  'rates' | 'hasher' | 'blockLength' | 'pipelineBytes'
> {
  /** The threads, started when first asked for. */
  readonly pool: () => Pick<TransferPool, 'startPeerSession' | 'threadCount'>;
  readonly tickets: Pick<TicketBook, 'held'>;
  /** The device key; it has been read when a connection is wanted. */
  readonly credentials: () => DeviceCredentials;
  /** Which addresses are dialled, and when. */
  readonly rules: Pick<
    DialRules,
    'permitted' | 'inOrder' | 'onDial' | 'onUndialled' | 'onProven' | 'onNetworkChanged'
  >;
  /** Ways to peers that cannot be dialled. @default none */
  readonly late?: Pick<LateWays, 'isThere' | 'to'>;
  /** Hears where a peer that was dialled has opened a file of a group. @default nobody does */
  readonly onMet?: (groupId: string, peer: OnlinePeer, where: MetAt) => void;
  /** How the peers of the present session talk. */
  readonly transport: () => PeerTransport;
}

/** A file of which pieces are fetched into an open part file. */
export interface FetchedFile extends FileToFetch {
  readonly groupId: string;
  /** What it is called there. */
  readonly name: string;
}

/** What a thread needs to know of a file. */
export function messageOf({ groupId: _groupId, name: _name, ...file }: FetchedFile): FileToFetch {
  return file;
}
