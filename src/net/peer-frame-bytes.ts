/**
 * Bytes of frames that several types share: the head, bare bytes, nonces, parts behind their lengths.
 * Pure; a length is checked before anything is copied.
 */
import { bug, PeerError } from './errors.js';
import { CHALLENGE_BYTES, FRAME_HEAD_BYTES } from './peer-frame-types.js';

/** A frame of this type whose payload is still to be written. */
export function allocate(type: number, payloadLength: number): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEAD_BYTES + payloadLength);
  out.writeUInt32BE(1 + payloadLength, 0);
  out.writeUInt8(type, 4);
  return out;
}

/** A frame whose payload is these bytes and nothing else. */
export function encodeBytes(type: number, bytes: Uint8Array): Buffer {
  const out = allocate(type, bytes.length);
  out.set(bytes, FRAME_HEAD_BYTES);
  return out;
}

/** A frame whose payload is a nonce. */
export function encodeNonce(type: number, nonce: Uint8Array): Buffer {
  if (nonce.length !== CHALLENGE_BYTES) bug(`a nonce of ${nonce.length} bytes`);
  return encodeBytes(type, nonce);
}

/** The nonce that a payload is. */
export function decodeNonce(payload: Buffer, frame: string): Buffer {
  need(payload.length === CHALLENGE_BYTES, frame);
  return Buffer.from(payload);
}

/** A frame of parts, each behind its length, with room for `before` bytes in front of them. */
export function encodeParts(type: number, before: number, parts: readonly Uint8Array[]): Buffer {
  const out = allocate(
    type,
    parts.reduce((sum, part) => sum + 2 + part.length, before),
  );
  let at = FRAME_HEAD_BYTES + before;
  for (const part of parts) {
    at = out.writeUInt16BE(part.length, at);
    out.set(part, at);
    at += part.length;
  }
  return out;
}

/** So many parts to the last byte. */
export function decodeParts(payload: Buffer, count: number, frame: string): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  for (let part = 0; part < count; part++) {
    need(at + 2 <= payload.length, frame);
    const end = at + 2 + payload.readUInt16BE(at);
    need(end <= payload.length, frame);
    parts.push(Buffer.from(payload.subarray(at + 2, end)));
    at = end;
  }
  need(at === payload.length, frame);
  return parts;
}

/** @throws PeerError PROTOCOL_VIOLATION unless the frame is well-formed */
export function need(condition: boolean, frame: string): void {
  if (!condition) violation(`malformed ${frame} frame`);
}

/** @throws PeerError PROTOCOL_VIOLATION */
export function violation(what: string): never {
  throw new PeerError('PROTOCOL_VIOLATION', `the peer broke the protocol: ${what}`);
}
