/**
 * Who is at the other end of an upload connection: what HELLO says, and every ticket that follows,
 * held against the key on this very connection. Pure but for the checks it is handed.
 */
import type { Socket } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { deviceIdOfChallenge } from '../../net/challenge.js';
import { PeerError } from '../../net/errors.js';
import { PEER_PROTOCOL_VERSION } from '../../net/limits.js';
import type { PeerFrame } from '../../net/peer-frames.js';
import type { Ticket } from '../../net/ticket.js';
import { peerDeviceId } from '../../net/tls-identity.js';
import type { PeerTransport } from '../../net/tracker-api.js';

/** A device that has proved itself, and the ticket it showed last. */
export interface ProvenDialler {
  readonly deviceId: string;
  readonly ticket: Ticket;
}

/** What a dialler is held against. */
export interface ProofChecks {
  readonly transport: PeerTransport;
  /** Of this very device. */
  readonly deviceId: string;
  /** Checks a ticket for the device on this connection; throws PeerError. */
  checkTicket(bytes: Uint8Array, deviceId: string): Ticket;
}

/**
 * The device and ticket of a first frame. `metDevice`: whose key this end has seen already when it
 * dialled; Node shows the certificate of a server once.
 * @throws PeerError UNSUPPORTED_VERSION, PEER_IDENTITY, or what is wrong with the ticket
 */
export function proveDialler(
  hello: Extract<PeerFrame, { type: 'hello' }>,
  nonce: Buffer,
  socket: Socket,
  checks: ProofChecks,
  metDevice?: string,
): ProvenDialler {
  if (hello.version !== PEER_PROTOCOL_VERSION) {
    throw new PeerError('UNSUPPORTED_VERSION', `this peer speaks version ${PEER_PROTOCOL_VERSION}`);
  }
  const deviceId =
    checks.transport === 'tls'
      ? (metDevice ?? peerDeviceId(socket as TLSSocket))
      : deviceIdOfChallenge(nonce, checks.deviceId, hello.publicKey, hello.signature);
  return { deviceId, ticket: checks.checkTicket(hello.ticket, deviceId) };
}

/**
 * A ticket in place of the last one.
 * @throws PeerError TICKET_INVALID when it is for somebody else, or for another group
 */
export function renewTicket(
  bytes: Uint8Array,
  { deviceId, ticket: before }: ProvenDialler,
  checks: ProofChecks,
): ProvenDialler {
  const ticket = checks.checkTicket(bytes, deviceId);
  const isSameGroup =
    before.groupId === ticket.groupId && before.incarnation === ticket.incarnation;
  if (!isSameGroup || before.userId !== ticket.userId) {
    throw new PeerError('TICKET_INVALID', 'a renewed ticket must be for the same user and group');
  }
  return { deviceId, ticket };
}

/** The far end of a connection, also after TLS has taken its socket. */
export function remoteOf({ remoteAddress, remotePort }: Socket): string {
  return `${remoteAddress ?? '?'}:${remotePort ?? 0}`;
}
