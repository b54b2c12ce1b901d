/**
 * The frames of the peer link: 4-byte length (of all that follows), 1-byte type, payload,
 * big-endian. Pure encoding and decoding, one entry of a table for each type; every length is
 * checked here before anyone allocates. The dialling side downloads, the accepting side serves.
 * Byte tables, and the numbers that are reserved: docs/protocol.md, "Peer link".
 */
import {
  MAX_BLOCK_LENGTH,
  MAX_HANDSHAKE_FRAME_BYTES,
  MAX_PEER_CONTROL_FRAME_BYTES,
  MAX_PIECE_COUNT,
} from './limits.js';
import { violation } from './peer-frame-bytes.js';
import { frameCodecs, type FrameCodec } from './peer-frame-codecs.js';
import {
  FRAME_HEAD_BYTES,
  FrameType,
  type BlockRange,
  type PeerFrame,
} from './peer-frame-types.js';
import { FOUND_HEAD_BYTES } from './name-frames.js';

export {
  CHALLENGE_BYTES,
  FRAME_HEAD_BYTES,
  FrameType,
  type BlockRange,
  type FileQuestion,
  type PeerFrame,
  type PromisedBlock,
} from './peer-frame-types.js';

/** Frame head plus fileRef, piece index and offset: what precedes the bytes of a block. */
export const BLOCK_HEAD_BYTES = FRAME_HEAD_BYTES + 12;

const MAX_BITFIELD_BYTES = Math.ceil(MAX_PIECE_COUNT / 8);

/** The largest length field a frame type may carry; 0 when there is no such type. */
export function maxFrameLength(type: number, isHandshakeDone: boolean): number {
  if (type !== FrameType.block && codecsByNumber[type] === undefined) return 0;
  if (!isHandshakeDone) return MAX_HANDSHAKE_FRAME_BYTES;
  switch (type) {
    case FrameType.block:
      return 1 + 12 + MAX_BLOCK_LENGTH;
    case FrameType.opened:
      return 1 + 4 + MAX_BITFIELD_BYTES;
    case FrameType.found:
      return 1 + FOUND_HEAD_BYTES + MAX_BITFIELD_BYTES;
    default:
      return MAX_PEER_CONTROL_FRAME_BYTES;
  }
}

/** Encodes any frame but BLOCK. */
export function encodeFrame(frame: PeerFrame): Buffer {
  return (frameCodecs[frame.type] as FrameCodec<PeerFrame>).encode(frame);
}

/** By the number of the type; a hole where there is no such type. */
const codecsByNumber: FrameCodec<PeerFrame>[] = [];
for (const [type, codec] of Object.entries(frameCodecs)) {
  codecsByNumber[FrameType[type as PeerFrame['type']]] = codec;
}

/**
 * Decodes a frame's payload (everything after the type byte); never called for BLOCK.
 * @throws PeerError PROTOCOL_VIOLATION
 */
export function decodeFrame(type: number, payload: Buffer): PeerFrame {
  const codec = codecsByNumber[type] ?? violation(`unknown frame type 0x${type.toString(16)}`);
  return codec.decode(payload);
}

/** Writes the head of a BLOCK frame into the first BLOCK_HEAD_BYTES of `out`. */
export function writeBlockHead(out: Buffer, block: BlockRange): void {
  out.writeUInt32BE(1 + 12 + block.length, 0);
  out.writeUInt8(FrameType.block, 4);
  out.writeUInt32BE(block.fileRef, 5);
  out.writeUInt32BE(block.pieceIndex, 9);
  out.writeUInt32BE(block.offset, 13);
}

/** Reads the head of a BLOCK frame from BLOCK_HEAD_BYTES bytes whose type is BLOCK. */
export function readBlockHead(head: Buffer): BlockRange {
  const length = head.readUInt32BE(0) - 1 - 12;
  if (length < 1 || length > MAX_BLOCK_LENGTH) violation(`block of ${length} bytes`);
  return {
    fileRef: head.readUInt32BE(5),
    pieceIndex: head.readUInt32BE(9),
    offset: head.readUInt32BE(13),
    length,
  };
}
