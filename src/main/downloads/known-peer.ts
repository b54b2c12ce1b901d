/**
 * What the sessions of a download know of one connection to a peer, and how that stands.
 *
 *   waiting → connected (a task runs) → waiting (redial later) | forgotten
 */
import { withoutZone } from '../../net/address-scope.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import type { RunningTask } from '../threads/transfer-pool.js';
import type { ConnectionKind, FileOrder } from './connection-types.js';
import { lostPeer, type Meeting, type Standing } from './lost-peers.js';

type Link =
  /** `redial`: takes the next attempt back; undefined where only a place is waited for. */
  | { readonly state: 'waiting'; readonly redial: (() => void) | undefined }
  | { readonly state: 'connected'; readonly task: RunningTask<FileOrder> };

/** How the present session came about; unknown until it has opened the file. */
type SessionWay =
  | 'unknown'
  /** It is where `met` says. */
  | 'dialled'
  /** The peer has dialled. */
  | 'called'
  /** All passes through a relay, which is left for anything better. */
  | 'relayed';

/** One of possibly several connections to a peer. */
export interface KnownPeer {
  readonly key: string;
  kind: ConnectionKind;
  peer: OnlinePeer;
  link: Link;
  /** Consecutive sessions that ended soon and had brought no piece: opening a file is no sign of life. */
  failures: number;
  /** The present session has opened the file. */
  isReady: boolean;
  /** When the present session was dialled. */
  dialledAtMs: number;
  /** When it may be dialled again, while it waits for that. */
  redialAtMs: number;
  /** When the present session began; undefined once something of the file has come. */
  muteSinceMs: number | undefined;
  standing: Standing;
  /** Undefined until it has opened the file where it was dialled. */
  met: Meeting | undefined;
  /** Where the present session was begun: the addresses dialled, or the one that answered. */
  at: readonly PeerAddress[];
  /** When something came in last, or the dial began. */
  lastByteMs: number;
  way: SessionWay;
  /** Since when its way may be gone. */
  doubtfulSinceMs: number | undefined;
  /** It was given up for that: it is dialled again at once. */
  isHurried: boolean;
}

export const WAITING: Link = { state: 'waiting', redial: undefined };

/** One that is to be dialled. */
export function knownPeer(key: string, kind: ConnectionKind, peer: OnlinePeer): KnownPeer {
  return {
    ...{ key, kind, peer },
    link: WAITING,
    failures: 0,
    isReady: false,
    dialledAtMs: 0,
    redialAtMs: 0,
    muteSinceMs: undefined,
    standing: 'online',
    met: undefined,
    at: [],
    lastByteMs: 0,
    way: 'unknown',
    doubtfulSinceMs: undefined,
    isHurried: false,
  };
}

/** The peer as it is dialled now. */
export function asDialled({ peer, standing, met }: KnownPeer): OnlinePeer {
  return standing === 'lost' && met ? lostPeer(peer, met) : peer;
}

/** When something came from it last; of one that was never met before all others. */
export function heardAtMs({ met }: KnownPeer): number {
  return met?.heardAtMs ?? -Infinity;
}

/** True when a peer is told of at one of these. */
export function hasAny({ addresses }: OnlinePeer, at: readonly PeerAddress[]): boolean {
  return at.some(({ host, port }) =>
    addresses.some((one) => one.port === port && withoutZone(one.host) === withoutZone(host)),
  );
}
