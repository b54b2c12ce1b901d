/**
 * A download's swarm and its peer sessions, and what each tells the other: facts of the sessions go
 * into the swarm, what follows goes back as orders. Owns both. Whatever order a peer's messages
 * come in, it costs that peer; nothing here may take it for a bug of ours.
 */
import { isIPv6 } from '../../net/ip-address.js';
import { withoutZone } from '../../net/address-scope.js';
import { Bitfield } from '../../net/bitfield.js';
import { bug, type WireError } from '../../net/errors.js';
import type { Later } from '../../net/later.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { OnlinePeer, PeerAddress } from '../../net/tracker-api.js';
import type { PeerChange } from '../account/told-peers.js';
import { Swarm } from '../swarm/swarm.js';
import type { FileMessage } from './peer-connections.js';
import type { ConnectionKind } from './connection-types.js';
import { PeerSessions, type StartSession } from './peer-sessions.js';
import type { LookAtPeer } from './silent-ways.js';

/** What comes of it, for the owner. */
export interface SwarmSessionEvents {
  /** A first peer, or a further one, is ready to deliver. */
  onReady(nowMs: number): void;
  onReceived(bytes: number, nowMs: number): void;
  /** Pieces are on disk that were not there before. */
  onGained(pieces: readonly number[], nowMs: number): void;
  /** The disk failed; nothing more can be written. */
  onStorageFailed(error: WireError): void;
}

export interface SwarmSessionOptions {
  readonly layout: PieceLayout;
  /** Pieces that are on disk already. */
  readonly verified: Bitfield;
  /** Pieces that are to be fetched. @default all */
  readonly wanted?: Bitfield;
  readonly random: () => number;
  /** See SwarmOptions. */
  readonly isInOrder?: boolean;
  /** So many connections can work at a time, over all peers. */
  readonly connectionsWanted: number;
  readonly start: StartSession;
  /** See PeerSessionEvents. */
  readonly mayStart: (peer: OnlinePeer, kind: ConnectionKind) => boolean;
  readonly lookAt: LookAtPeer;
  readonly events: SwarmSessionEvents;
  /** One steady clock, in milliseconds. */
  readonly nowMs: () => number;
  /** Calls back once this turn of the event loop is over. */
  readonly soon: (work: () => void) => void;
  readonly later: Later;
}

export class SwarmSessions {
  readonly swarm: Swarm;
  readonly #options: SwarmSessionOptions;
  readonly #sessions: PeerSessions;
  #isScheduled = false;
  #isOver = false;

  constructor(options: SwarmSessionOptions) {
    this.#options = options;
    const { layout, verified, random, connectionsWanted, start, mayStart, lookAt, later, nowMs } =
      options;
    const { wanted = Bitfield.full(layout.pieceCount), isInOrder = false } = options;
    this.swarm = new Swarm({ layout, verified, wanted, random, isInOrder });
    this.#sessions = new PeerSessions(connectionsWanted, {
      start,
      mayStart,
      lookAt,
      later,
      nowMs,
      isBanned: (deviceId) => this.swarm.isBanned(deviceId),
      isWanted: (peerKey) => this.swarm.isWanted(peerKey),
      lackingBytes: () => layout.size - this.swarm.verifiedBytes,
      onConnecting: (peerKey, peer) => this.#onConnecting(peerKey, peer),
      onMessage: (peerKey, message) => this.#onMessage(peerKey, message),
      onEnded: (peerKey, error) => {
        this.swarm.onPeerGone(peerKey, error?.message ?? 'closed');
        this.#schedule();
      },
    });
  }

  /** Who came and who went, as a source of peers says. */
  onPeers({ online, gone, lost }: PeerChange): void {
    this.#sessions.onGone(gone);
    this.#sessions.onLost(lost);
    this.#sessions.onOnline(online);
  }

  /** These users are in the group no more. */
  onUsersRemoved(userIds: readonly string[]): void {
    this.#sessions.onUsersRemoved(userIds);
  }

  /** Peers may be dialled that might not before. */
  onDialsPermitted(): void {
    this.#sessions.retry();
  }

  /** This machine has other addresses. */
  onNetworkChanged(): void {
    this.#sessions.onNetworkChanged();
  }

  /** Tells every peer which pieces are here. */
  tellHave(pieces: readonly number[]): void {
    this.#sessions.postAll({ type: 'have', pieces });
  }

  /** Time has passed; call it a few times a second. */
  onTick(): void {
    this.swarm.onTick(this.#options.nowMs());
    this.#sessions.onTick();
    this.#schedule();
  }

  /** Ends every session; resolves when none knows the file any more. Idempotent. */
  async close(): Promise<void> {
    this.#isOver = true;
    await this.#sessions.close();
  }

  #onConnecting(peerKey: string, { userId, deviceId, addresses }: OnlinePeer): void {
    const [first] = addresses;
    const address = first ? addressText(first) : '';
    const tried = addresses.map(addressText);
    this.swarm.onPeerConnecting(peerKey, { userId, deviceId, address, tried });
  }

  #onMessage(peerKey: string, message: Exclude<FileMessage, { type: 'ended' | 'accepted' }>): void {
    const { swarm } = this;
    const { events, layout } = this.#options;
    const nowMs = this.#options.nowMs();
    switch (message.type) {
      case 'asked':
        swarm.onPeerAsked(peerKey, nowMs, message.latencyMs, message.begun);
        break;
      case 'ready': {
        const bits = Bitfield.from(message.bits, layout.pieceCount);
        swarm.onPeerMet(peerKey, {
          address: addressText(message.address),
          ...(message.way && { way: message.way }),
          ...(message.relayedBy !== undefined && { relayedBy: message.relayedBy }),
        });
        swarm.onPeerReady(
          peerKey,
          bits ?? bug('a session reported a malformed bitfield'),
          nowMs,
          message.latencyMs,
          message.begun,
        );
        events.onReady(nowMs);
        break;
      }
      case 'have':
        swarm.onPeerHave(peerKey, message.pieces);
        break;
      case 'verified': {
        const gained = message.pieces.filter((piece) => !swarm.verifiedBitfield.has(piece));
        swarm.onVerified(peerKey, message.pieces, nowMs);
        events.onGained(gained, nowMs);
        break;
      }
      case 'bad':
        swarm.onBad(peerKey, message.piece, nowMs);
        break;
      case 'returned':
        swarm.onReturned(peerKey, message.pieces, message.rejected, nowMs);
        break;
      case 'received':
        events.onReceived(message.bytes, nowMs);
        swarm.onReceived(peerKey, message.bytes, nowMs);
        break;
      case 'storage-failed':
        events.onStorageFailed(message.error);
        return;
      case 'not-dialled':
        // Waiting would not help, unless other connections go on and end.
        if (!swarm.peers.some(({ state }) => state === 'active'))
          events.onStorageFailed(message.error);
        return;
    }
    this.#schedule();
  }

  /** Coalesces everything that happened in this turn into one look at the swarm. */
  #schedule(): void {
    if (this.#isScheduled) return;
    this.#isScheduled = true;
    this.#options.soon(() => {
      this.#isScheduled = false;
      if (this.#isOver) return;
      for (const action of this.swarm.schedule(this.#options.nowMs())) {
        if (action.type === 'drop') this.#sessions.post(action.peerKey, { type: 'close' });
        else this.#sessions.post(action.peerKey, { type: action.type, pieces: action.pieces });
      }
    });
  }
}

function addressText({ host, port }: PeerAddress): string {
  return isIPv6(withoutZone(host)) ? `[${host}]:${port}` : `${host}:${port}`;
}
