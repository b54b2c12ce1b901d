/**
 * The peers of one download: what each has contributed, and the state it is in.
 *   connecting -> active <-> snubbed; any -> gone, any -> banned;
 *   gone -> connecting (dialled again, its record is kept). banned is final.
 * Only connected peers (active, snubbed) have a queue. Owns no piece states.
 */
import type { Bitfield } from '../../net/bitfield.js';
import { bug } from '../../net/errors.js';
import { MAX_PEERS_PER_DOWNLOAD, MAX_PEERS_REMEMBERED_PER_DOWNLOAD } from '../../net/limits.js';
import type { PeerProgress } from '../api/progress.js';
import { mergeByDevice } from './peer-progress.js';
import type { PeerQueue } from './peer-queue.js';
import type { PieceSource } from './piece-picker.js';
import type { PieceTable, PeerKey } from './piece-table.js';

/** Who a peer is; for people, and fit to be printed. */
export interface PeerInfo {
  readonly userId: string;
  readonly deviceId: string;
  readonly address: string;
  /** Where it is looked for. */
  readonly tried?: readonly string[];
  /** How it is met when it was not dialled. */
  readonly way?: 'called' | 'relayed';
  /** The member through whom it is met. */
  readonly relayedBy?: string;
}

export type PeerState =
  | { readonly kind: 'connecting' }
  | { readonly kind: 'active'; readonly queue: PeerQueue }
  /** The peer was silent with work at hand; it gets one piece at a time until bytes come. */
  | { readonly kind: 'snubbed'; readonly queue: PeerQueue; readonly sinceMs: number }
  | { readonly kind: 'gone'; readonly reason: string }
  | { readonly kind: 'banned'; readonly reason: string };

/** One peer's record, kept over its connections. */
export interface Peer {
  readonly key: PeerKey;
  info: PeerInfo;
  state: PeerState;
  /** Why its last connection, or the attempt at one, ended. */
  lastEnd: string | undefined;
  /** Bytes on disk that this peer delivered and no other had delivered before. */
  verifiedBytes: number;
  badPieces: number;
  /** Pieces it sent corrupt or rejected: asked for again only when no other peer is left. */
  readonly refused: Set<number>;
}

/** A peer that can be told to fetch, with its queue and what it may be asked for. */
export interface ConnectedPeer extends PieceSource {
  readonly peer: Peer;
  readonly queue: PeerQueue;
  readonly bits: Bitfield;
  /** PeerTable.changes when the picker last had nothing for it; nothing new since, no new try. */
  nothingToPickAt: number;
  /** When it last looked, in vain, for late pieces of others. */
  lookedForLateMs: number;
}

/** No value of PeerTable.changes: the peer must be tried. */
export const NEVER = -1;

export class PeerTable {
  readonly #peers = new Map<PeerKey, Peer>();
  readonly #connected = new Map<PeerKey, ConnectedPeer>();
  #connecting = 0;
  /** Counts whatever may let a peer pick that could not before. */
  changes = 0;

  get connected(): Iterable<ConnectedPeer> {
    return this.#connected.values();
  }

  /** Peers being dialled. */
  get connectingCount(): number {
    return this.#connecting;
  }

  /** The record of a peer that was announced by `add`. */
  get(key: PeerKey): Peer {
    return this.#peers.get(key) ?? bug(`unknown peer ${key}`);
  }

  /** The records of all connections to one device. */
  ofDevice(deviceId: string): Peer[] {
    return [...this.#peers.values()].filter(({ info }) => info.deviceId === deviceId);
  }

  find(key: PeerKey): Peer | undefined {
    return this.#peers.get(key);
  }

  connectedPeer(key: PeerKey): ConnectedPeer | undefined {
    return this.#connected.get(key);
  }

  /** Starts or continues a peer's record, in state connecting. */
  add(key: PeerKey, info: PeerInfo): void {
    const known = this.#peers.get(key);
    if (known !== undefined && known.state.kind !== 'gone') bug(`peer ${key} connects twice`);
    if (this.#connected.size + this.#connecting >= MAX_PEERS_PER_DOWNLOAD) bug('too many peers');
    this.#connecting++;
    if (known !== undefined) {
      known.info = info;
      known.state = { kind: 'connecting' };
      return;
    }
    this.#forgetOne();
    const state = { kind: 'connecting' } as const;
    const refused = new Set<number>();
    const nothing = { lastEnd: undefined, verifiedBytes: 0, badPieces: 0, refused };
    this.#peers.set(key, { key, info, state, ...nothing });
  }

  connectingToActive(peer: Peer, queue: PeerQueue, table: PieceTable): void {
    if (peer.state.kind !== 'connecting') bug(`peer ${peer.key} ready while ${peer.state.kind}`);
    this.#connecting--;
    peer.state = { kind: 'active', queue };
    table.addPeer(queue.bits);
    this.#connected.set(peer.key, {
      peer,
      queue,
      bits: queue.bits,
      nothingToPickAt: NEVER,
      lookedForLateMs: -Infinity,
      mayFetch: (piece) => this.#mayFetch(peer, queue, piece),
    });
    this.changes++;
  }

  /** The end of a connection, or of the attempt; its pieces have been released before. */
  toEnded(peer: Peer, state: PeerState & { kind: 'gone' | 'banned' }, table: PieceTable): void {
    const connected = this.#connected.get(peer.key);
    if (connected !== undefined) table.removePeer(connected.bits);
    if (peer.state.kind === 'connecting') this.#connecting--;
    this.#connected.delete(peer.key);
    peer.state = state;
    peer.lastEnd = state.reason;
    this.changes++;
  }

  /** Every peer of this download, in the order of their first connection. */
  progress(): readonly PeerProgress[] {
    const connections = [...this.#peers.values()].map((peer) => ({
      ...peer.info,
      state: peer.state.kind,
      bytes: peer.verifiedBytes,
      badPieces: peer.badPieces,
      ...reasonOf(peer),
    }));
    return mergeByDevice(connections);
  }

  /** A peer that refused a piece is asked again only when every other one that serves it did too. */
  #mayFetch(peer: Peer, queue: PeerQueue, piece: number): boolean {
    if (queue.isCancelling(piece)) return false;
    if (!peer.refused.has(piece)) return true;
    for (const other of this.#connected.values())
      if (
        other.peer.state.kind === 'active' &&
        other.bits.has(piece) &&
        !other.peer.refused.has(piece)
      )
        return false;
    return true;
  }

  /** Makes room for one more record; banned peers are the last to be forgotten. */
  #forgetOne(): void {
    if (this.#peers.size < MAX_PEERS_REMEMBERED_PER_DOWNLOAD) return;
    const ended = [...this.#peers.values()].filter(
      ({ state }) => state.kind === 'gone' || state.kind === 'banned',
    );
    const forgotten = ended.find(({ state }) => state.kind === 'gone') ?? ended[0];
    this.#peers.delete((forgotten ?? bug('more peers than can be connected')).key);
  }
}

/** One that delivers has no need of it; one that is dialled again and again does. */
function reasonOf({ state, lastEnd }: Peer): Pick<PeerProgress, 'reason'> {
  const isConnected = state.kind === 'active' || state.kind === 'snubbed';
  return isConnected || lastEnd === undefined ? {} : { reason: lastEnd };
}
