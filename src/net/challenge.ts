/**
 * Proof of a device key on peer links in the clear, where no TLS gives one: the serving side
 * greets with a fresh nonce, the dialling side signs it together with the id of the device it
 * means to reach, and sends its public key along. A dialled peer can therefore not pass the
 * answer on and pose as the dialler. It neither hides nor protects the bytes that follow.
 * The other way round, a serving device proves to the tracker that it is where it says.
 */
import { createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import {
  deviceIdOfPublicKey,
  publicKeyOfCredentials,
  type DeviceCredentials,
} from './device-identity.js';
import { PeerError } from './errors.js';
import { CHALLENGE_BYTES } from './peer-frames.js';

/** Set before the nonce, so that a signature given here means nothing anywhere else. */
const CONTEXT = Buffer.from('p2p challenge v1\0');

/** For the proof of where a device serves; the two can never be taken for each other. */
const REACH_CONTEXT = Buffer.from('p2p reach v1\0');

/** What HELLO carries in answer to a CHALLENGE, and PROOF in answer to PROVE. */
export interface ChallengeAnswer {
  /** SPKI, DER. */
  readonly publicKey: Buffer;
  /** ECDSA with SHA-256, DER: see `signChallenge` and `signReach` for what is signed. */
  readonly signature: Buffer;
}

/** Signs the nonce of the serving peer that should hold `servingDeviceId`. */
export function signChallenge(
  credentials: DeviceCredentials,
  nonce: Uint8Array,
  servingDeviceId: string,
): ChallengeAnswer {
  return signed(credentials, signedBytes(nonce, servingDeviceId));
}

/** Signs the nonce of whoever has dialled this device to see whose address that is. */
export function signReach(credentials: DeviceCredentials, nonce: Uint8Array): ChallengeAnswer {
  return signed(credentials, Buffer.concat([REACH_CONTEXT, nonce]));
}

function signed(credentials: DeviceCredentials, bytes: Buffer): ChallengeAnswer {
  return {
    publicKey: publicKeyOfCredentials(credentials),
    signature: sign('sha256', bytes, credentials.keyPem),
  };
}

/**
 * The id of the device that answered the challenge `nonce` of `servingDeviceId`.
 * @throws PeerError PEER_IDENTITY when the answer proves nothing
 */
export function deviceIdOfChallenge(
  nonce: Uint8Array,
  servingDeviceId: string,
  publicKey: Uint8Array,
  signature: Uint8Array,
): string {
  return verified(nonce, signedBytes(nonce, servingDeviceId), { publicKey, signature });
}

/**
 * The id of the device that signed the nonce where it was dialled.
 * @throws PeerError PEER_IDENTITY when the answer proves nothing
 */
export function deviceIdOfReach(
  nonce: Uint8Array,
  answer: { readonly publicKey: Uint8Array; readonly signature: Uint8Array },
): string {
  return verified(nonce, Buffer.concat([REACH_CONTEXT, nonce]), answer);
}

function verified(
  nonce: Uint8Array,
  bytes: Buffer,
  { publicKey, signature }: { readonly publicKey: Uint8Array; readonly signature: Uint8Array },
): string {
  if (nonce.length !== CHALLENGE_BYTES) refuse('the nonce has the wrong size');
  if (!verify('sha256', bytes, readKey(publicKey), signature)) {
    refuse('its signature does not fit its key');
  }
  return deviceIdOfPublicKey(publicKey);
}

function signedBytes(nonce: Uint8Array, servingDeviceId: string): Buffer {
  return Buffer.concat([CONTEXT, nonce, Buffer.from(servingDeviceId, 'hex')]);
}

function readKey(publicKey: Uint8Array): KeyObject {
  const key = parseKey(publicKey);
  // Only what devices use; other kinds could make the check slow.
  if (key?.asymmetricKeyDetails?.namedCurve !== 'prime256v1') refuse('its key cannot be read');
  return key;
}

function parseKey(publicKey: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(publicKey), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

function refuse(why: string): never {
  throw new PeerError('PEER_IDENTITY', `the peer did not prove who it is: ${why}`);
}
