/** Takes the connection of a peer that is not dialled: it has come because it was called, or waits at a relay. */
import type { Socket } from 'node:net';
import { PeerError } from '../../net/errors.js';
import { peerDeviceId } from '../../net/tls-identity.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import type { MetPeer } from '../messages/peer-session.js';
import { takeParked } from './parked-sockets.js';
import { meetAtRelay } from './relay-dialer.js';

const NOWHERE: PeerAddress = { host: '', port: 0 };

/** Who is to be met. */
export interface Meeting {
  readonly credentials: DeviceCredentials;
  readonly peerDeviceId: string;
}

/**
 * The connection, on which this end greets; nothing is read of it yet.
 * @throws PeerError PEER_UNREACHABLE, PEER_IDENTITY
 */
export async function meetPeer(
  met: MetPeer,
  { credentials, peerDeviceId: expected }: Meeting,
  signal: AbortSignal,
): Promise<{ socket: Socket; address: PeerAddress; relayedBy?: string }> {
  if (met.way === 'relayed') {
    const { relay, key } = met;
    const whom = { credentials, peerDeviceId: expected, side: 'caller' } as const;
    const socket = await meetAtRelay({ relay, key, ...whom, signal });
    if (relay.of === 'tracker') return { socket, address: relay.address };
    const [address = NOWHERE] = relay.addresses;
    return { socket, address, relayedBy: relay.userId };
  }
  const socket = takeParked(met.callId);
  if (!socket) throw new PeerError('PEER_UNREACHABLE', 'the peer has hung up');
  if (peerDeviceId(socket) !== expected) {
    socket.destroy();
    throw new PeerError('PEER_IDENTITY', 'another device than was called has come');
  }
  const { remoteAddress: host = '', remotePort: port = 0 } = socket;
  return { socket, address: { host, port } };
}
