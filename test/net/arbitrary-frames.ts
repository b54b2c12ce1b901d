/** Generates every frame of the peer link, within its bounds, for the property tests. */
import fc from 'fast-check';
import { errorCodes, type ErrorCode } from '../../src/net/errors.js';
import { MAX_BLOCK_LENGTH, MAX_PIECE_LENGTH } from '../../src/net/limits.js';
import type { PeerFrame } from '../../src/net/peer-frames.js';
import { pieceLayout } from '../../src/net/piece-layout.js';

const u16 = fc.nat(0xffff);
const u32 = fc.nat(0xffff_ffff);
const code = fc.constantFrom(...(Object.keys(errorCodes) as ErrorCode[]));

/** Bytes as a Buffer, so that a decoded frame is deeply equal to its origin. */
export function bytes(minLength: number, maxLength: number): fc.Arbitrary<Buffer> {
  return fc.uint8Array({ minLength, maxLength }).map((array) => Buffer.from(array));
}

const fileId = bytes(32, 32).map((id) => id.toString('hex'));
const range = {
  fileRef: u32,
  pieceIndex: u32,
  offset: u32,
  length: fc.integer({ min: 1, max: MAX_BLOCK_LENGTH }),
};

/** A frame of any type but BLOCK. */
export const anyFrame: fc.Arbitrary<PeerFrame> = fc.oneof(
  fc.record({
    type: fc.constant('hello' as const),
    version: u16,
    ticket: bytes(0, 700),
    publicKey: bytes(0, 100),
    signature: bytes(0, 100),
  }),
  fc.record({ type: fc.constant('challenge' as const), nonce: bytes(32, 32) }),
  fc.record({ type: fc.constant('prove' as const), nonce: bytes(32, 32) }),
  fc.record({
    type: fc.constant('proof' as const),
    publicKey: bytes(0, 100),
    signature: bytes(0, 100),
  }),
  fc.record({ type: fc.constant('ticket' as const), ticket: bytes(1, 700) }),
  fc.record({
    type: fc.constant('meet' as const),
    key: bytes(32, 32).map((key) => key.toString('hex')),
    side: fc.constantFrom('caller' as const, 'called' as const),
    ticket: bytes(1, 700),
  }),
  fc.record({ type: fc.constant('open' as const), fileRef: u32, fileId }),
  fc
    .record({
      type: fc.constant('find' as const),
      fileRef: u32,
      nameHash: fileId,
      parts: fc.integer({ min: 1, max: 255 }),
      start: u32,
      length: fc.nat(MAX_BLOCK_LENGTH),
    })
    .chain((find) => fc.nat(find.parts - 1).map((part) => ({ ...find, part }))),
  fc.record({
    type: fc.constant('found' as const),
    fileRef: u32,
    fileId,
    layout: fc.nat(2 ** 40).map((size) => pieceLayout(size, MAX_PIECE_LENGTH)!),
    promised: fc.option(
      fc.record({ pieceIndex: u32, length: fc.integer({ min: 1, max: MAX_BLOCK_LENGTH }) }),
      { nil: undefined },
    ),
    bits: bytes(0, 300),
  }),
  fc.record({ type: fc.constant('close' as const), fileRef: u32 }),
  fc.record({ type: fc.constantFrom('request' as const, 'cancel' as const), ...range }),
  fc.record({
    type: fc.constant('opened' as const),
    fileRef: u32,
    bits: bytes(0, 300),
  }),
  fc.record({ type: fc.constant('have' as const), fileRef: u32, pieceIndex: u32 }),
  fc.record({ type: fc.constant('ping' as const) }),
  fc.record({
    type: fc.constant('error' as const),
    code,
    message: fc.string({ unit: 'grapheme', maxLength: 40 }),
  }),
  fc.record({
    type: fc.constant('welcome' as const),
    version: u16,
    maxRequests: u16,
    maxBlockLength: u32,
  }),
  fc.record({ type: fc.constant('refused' as const), fileRef: u32, code }),
  fc.record({ type: fc.constant('reject' as const), ...range, code }),
);
