/**
 * How a connection to a peer is opened: dialled at the addresses that may be dialled now, beside the ways
 * to a peer that cannot be dialled, or ahead of any file. Owns nothing that lasts: `PeerConnections` keeps
 * what it opens.
 */
import { P2pError, PeerError } from '../../net/errors.js';
import { MAX_CONNECTIONS_AHEAD_PER_PEER } from '../../net/limits.js';
import { laterByTimer } from '../../net/later.js';
import type { OnlinePeer, PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import type { MainToPeerSession, PeerSessionToMain } from '../../workers/messages/peer-session.js';
import type { RunningTask } from '../threads/transfer-pool.js';
import {
  messageOf,
  type ConnectionKind,
  type ConnectionOptions,
  type FetchedFile,
} from './connection-types.js';
import type { SilentPeer } from './silent-ways.js';
import { dialPeer } from '../../workers/dialling/peer-dialer.js';
import type { LateWays, SessionRequest } from './late-ways.js';
import { WayRace, type BeginSession, type Way } from './way-race.js';

type OpenTask = RunningTask<MainToPeerSession>;
type OnMessage = (message: PeerSessionToMain) => void;

export class ConnectionOpener {
  readonly #options: ConnectionOptions;

  constructor(options: ConnectionOptions) {
    this.#options = options;
  }

  /** For one file. `isFirst` when none to this device stands or is on its way. */
  open(
    file: FetchedFile,
    peer: OnlinePeer,
    { kind, isFirst }: { readonly kind: ConnectionKind; readonly isFirst: boolean },
    onMessage: OnMessage,
  ): OpenTask {
    const { late, rules } = this.#options;
    // Where one stands, another gets there as well; where nobody can be dialled, each has to be met.
    const mayBeLate = isFirst || rules.permitted(peer).length === 0;
    return mayBeLate && late?.isThere(peer)
      ? new WayRace(this.#waysTo(file, peer, late, kind), onMessage, laterByTimer)
      : this.#begin(file, peer)(onMessage);
  }

  /**
   * Before any file is wanted, where this client has met the peer: only under TLS, where it is known at once who
   * answers. Undefined when nothing may be dialled now.
   */
  openAhead(groupId: string, peer: OnlinePeer, onMessage: OnMessage): OpenTask | undefined {
    const { rules, pool } = this.#options;
    const addresses = rules.inOrder(peer);
    if (addresses.length === 0) return undefined;
    rules.onDial(addresses, peer.deviceId, MAX_CONNECTIONS_AHEAD_PER_PEER);
    const request = this.#requestOf(groupId, undefined, peer, addresses, 'tls');
    return pool().startPeerSession(request, onMessage);
  }

  /** Whether the network leads to where a device is: a machine that has taken a connection may be busy, and is there. */
  async lookAt({ deviceId, address }: SilentPeer, signal: AbortSignal): Promise<boolean> {
    const { credentials, transport } = this.#options;
    let isAccepted = false;
    const onAccepted = (): void => void (isAccepted = true);
    const whom = { addresses: [address], peerDeviceId: deviceId, signal, onAccepted };
    try {
      const { socket } = await dialPeer({
        ...whom,
        credentials: credentials(),
        transport: transport(),
      });
      socket.on('error', () => undefined).destroy();
      return true;
    } catch (error) {
      if (!(error instanceof P2pError)) throw error;
      // What is lacking here says nothing of the peer.
      return isAccepted || error.code === 'SYSTEM_LIMIT';
    }
  }

  /** Without a ticket the peer refuses, and the session is tried again after the renewal. */
  ticketFor(groupId: string): Uint8Array {
    return this.#options.tickets.held(groupId) ?? new Uint8Array(0);
  }

  #waysTo(
    file: FetchedFile,
    peer: OnlinePeer,
    late: Pick<LateWays, 'to'>,
    kind: ConnectionKind,
  ): readonly Way[] {
    const { groupId, fileId } = file;
    const request = (): SessionRequest => this.#requestOf(groupId, file, peer, []);
    const direct: Way = {
      isRelay: false,
      open: async () => {
        if (this.#options.rules.permitted(peer).length > 0) return this.#begin(file, peer);
        throw new PeerError('PEER_UNREACHABLE', 'no address of it can be dialled now');
      },
    };
    const ways = late.to({ groupId, fileId, peer, request });
    // One of several is not worth a relay.
    return [direct, ...ways.filter(({ isRelay }) => kind === 'first' || !isRelay)];
  }

  /** Dials. */
  #begin(file: FetchedFile, peer: OnlinePeer): BeginSession {
    const { rules, pool } = this.#options;
    const addresses = rules.inOrder(peer);
    rules.onDial(addresses, peer.deviceId);
    const request = this.#requestOf(file.groupId, file, peer, addresses);
    return (onMessage) => pool().startPeerSession(request, onMessage);
  }

  #requestOf(
    groupId: string,
    file: FetchedFile | undefined,
    { deviceId }: OnlinePeer,
    addresses: readonly PeerAddress[],
    peerTransport?: PeerTransport,
  ): SessionRequest {
    const { credentials, transport, rates, hasher, blockLength, pipelineBytes } = this.#options;
    return {
      first: file && messageOf(file),
      ...{ addresses, rates, hasher, blockLength, pipelineBytes },
      transport: peerTransport ?? transport(),
      credentials: credentials(),
      peerDeviceId: deviceId,
      groupId,
      ticket: this.ticketFor(groupId),
    };
  }
}
