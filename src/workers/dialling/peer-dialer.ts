/**
 * Dials a peer: races its addresses (first-to-answer.ts), in TLS or in the clear, and makes sure that
 * the other side holds the key the tracker named before anybody sends a byte of ours.
 * The socket reads into buffers of the caller (`onread`), see block-receiver.ts.
 */
import { connect as connectTcp, type OnReadOpts, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { P2pError } from '../../net/errors.js';
import { PeerError, StorageError, toStorageError } from '../../net/errors.js';
import { peerFaultOf } from '../../net/fault.js';
import { isIPv6 } from '../../net/ip-address.js';
import { laterByTimer } from '../../net/later.js';
import { DIAL_STAGGER_MS, PEER_HANDSHAKE_TIMEOUT_MS } from '../../net/limits.js';
import { clientTlsOptions, peerDeviceId, peerProtocols } from '../../net/tls-identity.js';
import type { PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import type { DeviceCredentials } from '../../net/device-identity.js';
import { firstToAnswer } from './first-to-answer.js';

/** Whom to dial, and how. */
export interface DialRequest {
  readonly addresses: readonly PeerAddress[];
  readonly transport: PeerTransport;
  readonly credentials: DeviceCredentials;
  /** The device id the tracker named; checked under TLS. */
  readonly peerDeviceId: string;
  /** Where the socket puts what it reads, and who is told. @default it is read as any other */
  readonly onread?: OnReadOpts;
  /** Hears that a machine has accepted the connection, whoever it is, and how long that took. */
  readonly onAccepted?: (latencyMs: number) => void;
  /** Calls the dial off. */
  readonly signal: AbortSignal;
}

/** A connection on which nothing has been sent yet. */
export interface DialledPeer {
  readonly socket: Socket;
  readonly address: PeerAddress;
  /** Addresses that were not dialled, because another one answered before their turn. */
  readonly undialled: readonly PeerAddress[];
}

/**
 * Connects to the first address that answers with the right key; one that is silent for
 * DIAL_STAGGER_MS holds up the next no longer.
 * @throws PeerError PEER_UNREACHABLE, PEER_IDENTITY or TIMEOUT, of the last address that failed, naming
 *   all; PEER_UNREACHABLE as soon as the dial is called off
 * @throws StorageError SYSTEM_LIMIT when this process has nothing left to dial with
 */
export async function dialPeer(request: DialRequest): Promise<DialledPeer> {
  if (request.signal.aborted) throw calledOff();
  const outcome = await firstToAnswer({
    candidates: request.addresses,
    attempt: async (address, signal) => ({
      socket: await dialAddress({ ...request, signal }, address),
      address,
    }),
    discard: ({ socket }) => {
      socket.on('error', ignoreLateError);
      socket.destroy();
    },
    isFatal: (error) => error instanceof StorageError,
    staggerMs: DIAL_STAGGER_MS,
    later: laterByTimer,
    signal: request.signal,
  });
  if (outcome.won) return { ...outcome.result, undialled: outcome.unbegun };
  if (request.signal.aborted) throw calledOff();
  throw failureOf(outcome.errors);
}

function failureOf(errors: readonly unknown[]): P2pError {
  const [fatal] = errors.filter((error) => error instanceof StorageError);
  if (fatal) return fatal;
  const faults = errors.map(peerFaultOf);
  const last = faults.at(-1) ?? new PeerError('PEER_UNREACHABLE', 'the peer has no address');
  if (faults.length < 2) return last;
  return new PeerError(last.code, faults.map(({ message }) => message).join('; '));
}

function dialAddress(request: DialRequest, address: PeerAddress): Promise<Socket> {
  const where = isIPv6(address.host)
    ? `[${address.host}]:${address.port}`
    : `${address.host}:${address.port}`;
  const { onread } = request;
  const target = { host: address.host, port: address.port, ...(onread && { onread }) };
  const isTls = request.transport === 'tls';
  return new Promise((resolve, reject) => {
    const socket = isTls
      ? connectTls({ ...target, ...clientTlsOptions(request.credentials), ...peerProtocols })
      : connectTcp({ ...target, noDelay: true });
    // From here on: what TLS has to get ready before is no part of the way.
    const startedMs = performance.now();
    const timer = setTimeout(() => {
      fail(new PeerError('TIMEOUT', `the peer at ${where} did not answer in time`));
    }, PEER_HANDSHAKE_TIMEOUT_MS);
    const settle = (): void => {
      clearTimeout(timer);
      request.signal.removeEventListener('abort', onAbort);
      socket.off('error', onError).off('close', onClose);
    };
    const fail = (error: P2pError): void => {
      settle();
      socket.on('error', ignoreLateError);
      socket.destroy();
      reject(error);
    };
    const onError = (cause: Error): void => fail(dialError(cause, where));
    const onClose = (): void => {
      fail(new PeerError('PEER_UNREACHABLE', `the peer at ${where} closed the connection`));
    };
    const onAbort = (): void => fail(calledOff());
    request.signal.addEventListener('abort', onAbort);
    socket.on('error', onError).on('close', onClose);
    socket.once('connect', () => request.onAccepted?.(performance.now() - startedMs));
    socket.once(isTls ? 'secureConnect' : 'connect', () => {
      try {
        if ('encrypted' in socket) requirePeer(socket, request.peerDeviceId, where);
        socket.setNoDelay(true);
        settle();
        resolve(socket);
      } catch (error) {
        fail(peerFaultOf(error));
      }
    });
  });
}

/** A process without descriptors or memory is no fault of the peer's. */
function dialError(cause: Error, where: string): P2pError {
  const doing = `cannot reach the peer at ${where}`;
  const shortage = toStorageError(cause, doing);
  if (shortage.code === 'SYSTEM_LIMIT') return shortage;
  return new PeerError('PEER_UNREACHABLE', `${doing}: ${cause.message}`);
}

function calledOff(): PeerError {
  return new PeerError('PEER_UNREACHABLE', 'the dial was called off');
}

export function requirePeer(
  socket: Parameters<typeof peerDeviceId>[0],
  expected: string,
  where: string,
): void {
  if (peerDeviceId(socket) !== expected) {
    throw new PeerError(
      'PEER_IDENTITY',
      `the peer at ${where} does not hold the key the tracker named`,
    );
  }
}

function ignoreLateError(): void {
  // A destroyed socket may still report an error; the dial has already failed with its own.
}
