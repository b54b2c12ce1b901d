/**
 * Dials an address at which a device says that it serves, and sees whose key is there: under TLS
 * that of the certificate, in the clear that of a signature over a fresh number (PROVE and PROOF,
 * the first frames of the peer link). Not a byte of ours says who asks, and nothing else is read.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { deviceIdOfReach } from '../../net/challenge.js';
import { deadlineOf } from '../../net/deadline.js';
import { PeerError } from '../../net/errors.js';
import { FrameReader } from '../../net/frame-reader.js';
import { REACH_TIMEOUT_MS } from '../../net/limits.js';
import { CHALLENGE_BYTES, encodeFrame, type PeerFrame } from '../../net/peer-frames.js';
import { anonymousTlsOptions, peerDeviceId } from '../../net/tls-identity.js';
import type { PeerAddress, PeerTransport } from '../../net/tracker-api.js';
import type { DialBack } from './reach.js';

/** Dials in the transport that peers of this tracker use. */
export function createDialBack(
  transport: PeerTransport,
  timeoutMs: number = REACH_TIMEOUT_MS,
): DialBack {
  const holderOf = transport === 'tls' ? holderUnderTls : holderInTheClear;
  return async (address, signal) => {
    const deadline = deadlineOf(signal, timeoutMs);
    try {
      deadline.signal.throwIfAborted();
      return await holderOf(address, deadline.signal);
    } finally {
      deadline.release();
    }
  };
}

async function holderUnderTls({ host, port }: PeerAddress, ending: AbortSignal): Promise<string> {
  const socket = connectTls({ ...anonymousTlsOptions(), host, port });
  try {
    await Promise.race([once(socket, 'secureConnect', { signal: ending }), whenClosed(socket)]);
    return peerDeviceId(socket);
  } finally {
    discard(socket);
  }
}

async function holderInTheClear({ host, port }: PeerAddress, ending: AbortSignal): Promise<string> {
  const socket = connectTcp({ host, port, noDelay: true });
  try {
    return await Promise.race([proofFrom(socket), whenAborted(ending), whenClosed(socket)]);
  } finally {
    discard(socket);
  }
}

/** Asks as soon as the other side has greeted as a serving peer does. */
function proofFrom(socket: Socket): Promise<string> {
  const nonce = randomBytes(CHALLENGE_BYTES);
  let hasAsked = false;
  return new Promise((resolve) => {
    const reader = new FrameReader((frame) => {
      if (frame.type === 'challenge' && !hasAsked) {
        hasAsked = true;
        socket.write(encodeFrame({ type: 'prove', nonce }));
      } else if (frame.type === 'proof' && hasAsked) {
        resolve(deviceIdOfReach(nonce, frame));
      } else {
        throw unexpected(frame);
      }
    });
    socket.on('data', (chunk: Buffer) => {
      try {
        reader.push(chunk);
      } catch (error) {
        reader.stop();
        // What it says is nothing that a serving peer says: the connection ends with that.
        socket.destroy(error as Error);
      }
    });
  });
}

/** Rejects when the connection cannot be made, or is over. */
function whenClosed(socket: Socket): Promise<never> {
  return new Promise((_, reject) => {
    socket.on('error', reject);
    socket.on('close', () => reject(new PeerError('PEER_UNREACHABLE', 'it was closed')));
  });
}

function whenAborted(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    signal.addEventListener('abort', () => reject(signal.reason as Error), { once: true });
  });
}

/** Ends the connection; what it still says is of no interest. */
function discard(socket: Socket): void {
  socket.removeAllListeners('data').on('error', () => undefined);
  socket.destroy();
}

function unexpected(frame: PeerFrame): PeerError {
  return new PeerError('PROTOCOL_VIOLATION', `a ${frame.type} frame does not belong there`);
}
