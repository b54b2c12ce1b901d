/**
 * Meets a peer at a relay: both dial it and show the key of their meeting (to a member who relays under TLS,
 * and with a ticket), and from when both are there all that passes is TLS between the two, which the relay
 * cannot read. Whoever called is the TLS client.
 */
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls, TLSSocket } from 'node:tls';
import { deadlineOf } from '../../net/deadline.js';
import { PeerError } from '../../net/errors.js';
import { CALL_TIMEOUT_MS } from '../../net/limits.js';
import {
  encodeRelayOpening,
  RELAY_READY,
  type RelayOpening,
  type RelaySide,
} from '../../net/relay/relay-opening.js';
import { clientTlsOptions, peerDeviceId, serverTlsOptions } from '../../net/tls-identity.js';
import { encodeFrame } from '../../net/peer-frames.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import type { RelayPlace } from '../messages/peer-session.js';
import { dialPeer } from './peer-dialer.js';

/** Whom to meet, and where. */
export interface RelayMeeting {
  readonly relay: RelayPlace;
  readonly key: string;
  readonly side: RelaySide;
  readonly credentials: DeviceCredentials;
  readonly peerDeviceId: string;
  /** Calls it off. */
  readonly signal: AbortSignal;
}

/**
 * A connection to the peer on which nothing has been sent yet.
 * @throws PeerError PEER_UNREACHABLE, PEER_IDENTITY
 */
export async function meetAtRelay(meeting: RelayMeeting): Promise<TLSSocket> {
  const { relay, key, side, credentials } = meeting;
  const deadline = deadlineOf(meeting.signal, CALL_TIMEOUT_MS);
  let socket: Socket | undefined;
  const giveUp = (): void => void socket?.destroy();
  deadline.signal.addEventListener('abort', giveUp, { once: true });
  try {
    socket = await reachRelay(relay, { key, side }, credentials, deadline.signal);
    if (deadline.signal.aborted) giveUp();
    await whenReady(socket);
    const secure =
      side === 'caller' ? asClient(socket, credentials) : asServer(socket, credentials);
    await whenSecure(secure, socket, side);
    if (peerDeviceId(secure) !== meeting.peerDeviceId) {
      throw new PeerError('PEER_IDENTITY', 'another device than was meant is at the relay');
    }
    return secure;
  } catch (error) {
    giveUp();
    throw error;
  } finally {
    deadline.release();
  }
}

/** A connection to the relay, on which it has been said what for. @throws PeerError */
async function reachRelay(
  relay: RelayPlace,
  opening: RelayOpening,
  credentials: DeviceCredentials,
  signal: AbortSignal,
): Promise<Socket> {
  if (relay.of === 'tracker') {
    const socket = connectTcp({ ...relay.address, noDelay: true, signal });
    await connected(socket);
    socket.write(encodeRelayOpening(opening));
    return socket;
  }
  const { addresses, deviceId: peerDeviceId, ticket } = relay;
  const whom = { addresses, peerDeviceId, transport: 'tls', credentials, signal } as const;
  const { socket } = await dialPeer(whom);
  socket.write(encodeFrame({ type: 'meet', ticket, ...opening }));
  return socket;
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (): void => {
      socket.on('error', () => undefined);
      reject(failed('cannot be reached'));
    };
    socket.once('error', onError);
    socket.once('connect', () => {
      socket.off('error', onError);
      resolve();
    });
  });
}

/** Resolves when the other side is there; what it says stays to be read. */
function whenReady(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const onReadable = (): void => {
      const first = socket.read(1) as Buffer | null;
      if (first === null) return;
      settle();
      if (first[0] === RELAY_READY) resolve();
      else reject(failed('lets nobody in'));
    };
    const onClose = (): void => fail('has hung up, because the peer did not come');
    const settle = (): void => {
      socket.off('readable', onReadable).off('error', onClose).off('close', onClose);
      socket.on('error', () => undefined);
    };
    const fail = (why: string): void => {
      settle();
      reject(failed(why));
    };
    socket.on('readable', onReadable).on('error', onClose).on('close', onClose);
    if (socket.destroyed) onClose();
  });
}

function asClient(socket: Socket, credentials: DeviceCredentials): TLSSocket {
  return connectTls({ socket, ...clientTlsOptions(credentials) });
}

function asServer(socket: Socket, credentials: DeviceCredentials): TLSSocket {
  return new TLSSocket(socket, { isServer: true, ...serverTlsOptions(credentials) });
}

function whenSecure(secure: TLSSocket, below: Socket, side: RelaySide): Promise<void> {
  return new Promise((resolve, reject) => {
    const event = side === 'caller' ? 'secureConnect' : 'secure';
    const onError = (): void => fail();
    const settle = (): void => {
      secure.off(event, onSecure).off('error', onError).off('close', onError);
      below.off('close', onError);
    };
    const onSecure = (): void => {
      settle();
      resolve();
    };
    const fail = (): void => {
      settle();
      secure.on('error', () => undefined);
      secure.destroy();
      reject(failed('has hung up'));
    };
    secure.on(event, onSecure).on('error', onError).on('close', onError);
    below.on('close', onError);
  });
}

function failed(why: string): PeerError {
  return new PeerError('PEER_UNREACHABLE', `the relay ${why}`);
}
