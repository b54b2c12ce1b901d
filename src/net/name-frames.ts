/**
 * FIND and FOUND: a file that is asked for by its name, and the answer of whoever has it. Pure; the byte tables are
 * in docs/protocol.md.
 */
import { isSha256Hex, SHA256_BYTES } from './description.js';
import { bug } from './errors.js';
import { MAX_BLOCK_LENGTH } from './limits.js';
import { allocate, need } from './peer-frame-bytes.js';
import {
  FRAME_HEAD_BYTES,
  FrameType,
  type PeerFrame,
  type PromisedBlock,
} from './peer-frame-types.js';
import { pieceLayout } from './piece-layout.js';

type Find = Extract<PeerFrame, { type: 'find' }>;
type Found = Extract<PeerFrame, { type: 'found' }>;

/** fileRef, start, part, parts, length, the hash of the name. */
const FIND_BYTES = 14 + SHA256_BYTES;
/** fileRef, file id, size, piece length, the promised block: what precedes the bits. */
export const FOUND_HEAD_BYTES = 56;

export function encodeFind({ fileRef, nameHash, part, parts, start, length }: Find): Buffer {
  if (!isSha256Hex(nameHash)) bug('FIND of something that is no hash of a name');
  const out = allocate(FrameType.find, FIND_BYTES);
  let at = out.writeUInt32BE(fileRef, FRAME_HEAD_BYTES);
  at = out.writeUInt32BE(start, at);
  at = out.writeUInt8(part, at);
  at = out.writeUInt8(parts, at);
  at = out.writeUInt32BE(length, at);
  out.write(nameHash, at, 'hex');
  return out;
}

/** @throws PeerError PROTOCOL_VIOLATION */
export function decodeFind(payload: Buffer): Find {
  need(payload.length === FIND_BYTES, 'find');
  const [part, parts] = [payload.readUInt8(8), payload.readUInt8(9)];
  const length = payload.readUInt32BE(10);
  need(part < parts && length <= MAX_BLOCK_LENGTH, 'find');
  const [fileRef, start] = [payload.readUInt32BE(0), payload.readUInt32BE(4)];
  const nameHash = payload.toString('hex', FIND_BYTES - SHA256_BYTES);
  return { type: 'find', fileRef, nameHash, part, parts, start, length };
}

export function encodeFound({ fileRef, fileId, layout, promised, bits }: Found): Buffer {
  if (!isSha256Hex(fileId)) bug('FOUND of something that is no file id');
  const out = allocate(FrameType.found, FOUND_HEAD_BYTES + bits.length);
  let at = out.writeUInt32BE(fileRef, FRAME_HEAD_BYTES);
  at += out.write(fileId, at, 'hex');
  at = out.writeBigUInt64BE(BigInt(layout.size), at);
  at = out.writeUInt32BE(layout.pieceLength, at);
  at = out.writeUInt32BE(promised?.pieceIndex ?? 0, at);
  at = out.writeUInt32BE(promised?.length ?? 0, at);
  out.set(bits, at);
  return out;
}

/** @throws PeerError PROTOCOL_VIOLATION */
export function decodeFound(payload: Buffer): Found {
  need(payload.length >= FOUND_HEAD_BYTES, 'found');
  const idEnd = 4 + SHA256_BYTES;
  const layout = pieceLayout(
    Number(payload.readBigUInt64BE(idEnd)),
    payload.readUInt32BE(idEnd + 8),
  );
  need(layout !== undefined, 'found');
  return {
    type: 'found',
    fileRef: payload.readUInt32BE(0),
    fileId: payload.toString('hex', 4, idEnd),
    layout: layout!,
    promised: decodePromised(payload.readUInt32BE(idEnd + 12), payload.readUInt32BE(idEnd + 16)),
    bits: Buffer.from(payload.subarray(FOUND_HEAD_BYTES)),
  };
}

function decodePromised(pieceIndex: number, length: number): PromisedBlock | undefined {
  need(length > 0 || pieceIndex === 0, 'found');
  need(length <= MAX_BLOCK_LENGTH, 'found');
  return length > 0 ? { pieceIndex, length } : undefined;
}
