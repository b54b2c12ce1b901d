/**
 * The description of a file's content, canonical by construction: the same content cut the
 * same way always encodes to the same bytes, and a file's id is the SHA-256 of those bytes.
 * It carries neither name nor group, so that one content is one file everywhere; the name
 * belongs to the share. Byte layout: docs/protocol.md, "Description".
 */
import { createHash } from 'node:crypto';
import { MAX_DESCRIPTION_BYTES } from './limits.js';
import { TrackerError } from './errors.js';
import { pieceLayout, type PieceLayout } from './piece-layout.js';

const MAGIC = Buffer.from('p2pd');
const VERSION = 1;
const FLAG_SHA256 = 1;
const FIXED_BYTES = 4 + 1 + 1 + 8 + 4 + 20;
export const SHA1_BYTES = 20;
export const SHA256_BYTES = 32;

/** What is shared: how the content is cut, and the hashes that prove it. */
export interface Description {
  readonly layout: PieceLayout;
  /** SHA-1 of each piece, `20 × pieceCount` bytes. */
  readonly pieceHashes: Uint8Array;
  /** SHA-1 over all piece hashes: the SHA-1 of the whole file as a hash list (20 bytes). */
  readonly fileSha1: Uint8Array;
  /** SHA-256 over the file's bytes, when the sharer asked for it (32 bytes). */
  readonly sha256: Uint8Array | undefined;
}

/** Bytes that a description of this layout encodes to, with a SHA-256. */
export function descriptionBytes({ pieceCount }: PieceLayout): number {
  return FIXED_BYTES + SHA256_BYTES + pieceCount * SHA1_BYTES;
}

/** Builds a description from piece hashes. */
export function describe(
  layout: PieceLayout,
  pieceHashes: Uint8Array,
  sha256?: Uint8Array,
): Description {
  const fileSha1 = createHash('sha1').update(pieceHashes).digest();
  return { layout, pieceHashes, fileSha1, sha256 };
}

/** Encodes a description to its canonical bytes. */
export function encodeDescription(description: Description): Buffer {
  const { layout, pieceHashes, fileSha1, sha256 } = description;
  const head = Buffer.alloc(FIXED_BYTES);
  MAGIC.copy(head, 0);
  head.writeUInt8(VERSION, 4);
  head.writeUInt8(sha256 ? FLAG_SHA256 : 0, 5);
  head.writeBigUInt64BE(BigInt(layout.size), 6);
  head.writeUInt32BE(layout.pieceLength, 14);
  head.set(fileSha1, 18);
  return Buffer.concat([head, sha256 ?? new Uint8Array(0), pieceHashes]);
}

/**
 * Decodes and checks canonical bytes.
 * @throws TrackerError BAD_REQUEST when anything about them is not canonical.
 */
export function decodeDescription(bytes: Uint8Array): Description {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length > MAX_DESCRIPTION_BYTES || view.length < FIXED_BYTES) refuse('its size is wrong');
  if (!view.subarray(0, 4).equals(MAGIC) || view[4] !== VERSION) refuse('its version is not known');
  const flags = view[5]!;
  if ((flags & ~FLAG_SHA256) !== 0) refuse('its flags are not known');
  const size = view.readBigUInt64BE(6);
  const layout =
    size <= BigInt(Number.MAX_SAFE_INTEGER)
      ? pieceLayout(Number(size), view.readUInt32BE(14))
      : undefined;
  if (!layout) refuse('its size or piece length is out of bounds');
  const hashesAt = FIXED_BYTES + (flags & FLAG_SHA256 ? SHA256_BYTES : 0);
  if (view.length !== hashesAt + layout.pieceCount * SHA1_BYTES) refuse('its piece count is wrong');
  const fileSha1 = view.subarray(18, 38);
  const pieceHashes = view.subarray(hashesAt);
  const sha256 = flags & FLAG_SHA256 ? view.subarray(FIXED_BYTES, hashesAt) : undefined;
  const description = describe(layout, pieceHashes, sha256);
  if (!fileSha1.equals(description.fileSha1)) refuse('its hashes contradict each other');
  return description;
}

/** The id of a file: SHA-256 over the canonical bytes, 64 hex digits. */
export function fileIdOf(encoded: Uint8Array): string {
  return createHash('sha256').update(encoded).digest('hex');
}

/** True for a well-formed file id or device id. */
export function isSha256Hex(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9a-f]{64}$/.test(id);
}

function refuse(why: string): never {
  throw new TrackerError('BAD_REQUEST', `the description of this file cannot be read: ${why}`);
}
