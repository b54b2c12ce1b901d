/**
 * The frames of the peer link: 4-byte length (of all that follows), 1-byte type, payload,
 * big-endian. Pure encoding and decoding; every length is checked here before anyone
 * allocates. The dialling side downloads, the accepting side serves.
 * Byte tables: docs/protocol.md, "Peer link".
 */
import {
  MAX_BLOCK_LENGTH,
  MAX_HANDSHAKE_FRAME_BYTES,
  MAX_PEER_CONTROL_FRAME_BYTES,
  MAX_PIECE_COUNT,
} from './limits.js';
import { isSha256Hex } from './description.js';
import { bug, isErrorCode, PeerError, type ErrorCode } from './errors.js';

/** Frame types. Below 0x40 the dialler speaks, below 0x80 both may, above the server does. */
export const FrameType = {
  hello: 0x01,
  ticket: 0x02,
  open: 0x03,
  close: 0x04,
  request: 0x05,
  cancel: 0x06,
  have: 0x41,
  ping: 0x42,
  error: 0x43,
  challenge: 0x80,
  welcome: 0x81,
  opened: 0x82,
  refused: 0x83,
  block: 0x84,
  reject: 0x85,
} as const;

/** Bytes of the nonce with which a serving peer greets in the clear. */
export const CHALLENGE_BYTES = 32;
/** Length and type: what must be read before anything is known of a frame. */
export const FRAME_HEAD_BYTES = 5;
/** Frame head plus fileRef, piece index and offset: what precedes the bytes of a block. */
export const BLOCK_HEAD_BYTES = FRAME_HEAD_BYTES + 12;

/** A range within one piece of one open file. */
export interface BlockRange {
  /** The number the dialler gave the file in OPEN (u32). */
  readonly fileRef: number;
  readonly pieceIndex: number;
  /** Bytes from the start of the piece. */
  readonly offset: number;
  /** Bytes, 1 to MAX_BLOCK_LENGTH. */
  readonly length: number;
}

/** Every frame but BLOCK, whose payload is read straight into its slot. */
export type PeerFrame =
  | {
      readonly type: 'hello';
      readonly version: number;
      readonly ticket: Uint8Array;
      /** Public key (SPKI, DER) and its signature over the challenge; both empty under TLS. */
      readonly publicKey: Uint8Array;
      readonly signature: Uint8Array;
    }
  | { readonly type: 'challenge'; readonly nonce: Uint8Array }
  | { readonly type: 'ticket'; readonly ticket: Uint8Array }
  | { readonly type: 'open'; readonly fileRef: number; readonly fileId: string }
  | { readonly type: 'close'; readonly fileRef: number }
  | ({ readonly type: 'request' } & BlockRange)
  | ({ readonly type: 'cancel' } & BlockRange)
  | { readonly type: 'have'; readonly fileRef: number; readonly pieceIndex: number }
  | { readonly type: 'ping' }
  | { readonly type: 'error'; readonly code: ErrorCode; readonly message: string }
  | {
      readonly type: 'welcome';
      readonly version: number;
      readonly maxRequests: number;
      readonly maxBlockLength: number;
    }
  | { readonly type: 'opened'; readonly fileRef: number; readonly bits: Uint8Array }
  | { readonly type: 'refused'; readonly fileRef: number; readonly code: ErrorCode }
  | ({ readonly type: 'reject'; readonly code: ErrorCode } & BlockRange);

/** The head of a BLOCK frame; `length` bytes follow it. */
export type BlockHead = BlockRange;

const MAX_BITFIELD_FRAME_BYTES = 1 + 4 + Math.ceil(MAX_PIECE_COUNT / 8);

/** The largest length field a frame type may carry. */
export function maxFrameLength(type: number, isHandshakeDone: boolean): number {
  if (!isHandshakeDone) return MAX_HANDSHAKE_FRAME_BYTES;
  switch (type) {
    case FrameType.block:
      return 1 + 12 + MAX_BLOCK_LENGTH;
    case FrameType.opened:
      return MAX_BITFIELD_FRAME_BYTES;
    default:
      return MAX_PEER_CONTROL_FRAME_BYTES;
  }
}

/** Encodes any frame but BLOCK. */
export function encodeFrame(frame: PeerFrame): Buffer {
  switch (frame.type) {
    case 'hello': {
      const parts = [frame.ticket, frame.publicKey, frame.signature];
      const out = allocate(
        FrameType.hello,
        2 + parts.reduce((sum, part) => sum + 2 + part.length, 0),
      );
      let at = out.writeUInt16BE(frame.version, FRAME_HEAD_BYTES);
      for (const part of parts) {
        at = out.writeUInt16BE(part.length, at);
        out.set(part, at);
        at += part.length;
      }
      return out;
    }
    case 'challenge': {
      if (frame.nonce.length !== CHALLENGE_BYTES) bug(`a nonce of ${frame.nonce.length} bytes`);
      const out = allocate(FrameType.challenge, CHALLENGE_BYTES);
      out.set(frame.nonce, FRAME_HEAD_BYTES);
      return out;
    }
    case 'ticket': {
      const out = allocate(FrameType.ticket, frame.ticket.length);
      out.set(frame.ticket, 5);
      return out;
    }
    case 'open': {
      // Anything shorter would send what was in this memory before.
      if (!isSha256Hex(frame.fileId)) bug('OPEN of something that is no file id');
      const out = allocate(FrameType.open, 4 + 32);
      out.writeUInt32BE(frame.fileRef, 5);
      out.write(frame.fileId, 9, 'hex');
      return out;
    }
    case 'close': {
      const out = allocate(FrameType.close, 4);
      out.writeUInt32BE(frame.fileRef, 5);
      return out;
    }
    case 'request':
      return encodeRange(FrameType.request, frame, 0);
    case 'cancel':
      return encodeRange(FrameType.cancel, frame, 0);
    case 'opened': {
      const out = allocate(FrameType.opened, 4 + frame.bits.length);
      out.writeUInt32BE(frame.fileRef, 5);
      out.set(frame.bits, 9);
      return out;
    }
    case 'have': {
      const out = allocate(FrameType.have, 8);
      out.writeUInt32BE(frame.fileRef, 5);
      out.writeUInt32BE(frame.pieceIndex, 9);
      return out;
    }
    case 'error': {
      const text = Buffer.from(`${frame.code}\n${frame.message}`).subarray(0, 1024);
      const out = allocate(FrameType.error, text.length);
      out.set(text, 5);
      return out;
    }
    case 'welcome': {
      const out = allocate(FrameType.welcome, 8);
      out.writeUInt16BE(frame.version, 5);
      out.writeUInt16BE(frame.maxRequests, 7);
      out.writeUInt32BE(frame.maxBlockLength, 9);
      return out;
    }
    case 'refused': {
      const code = Buffer.from(frame.code);
      const out = allocate(FrameType.refused, 4 + code.length);
      out.writeUInt32BE(frame.fileRef, 5);
      out.set(code, 9);
      return out;
    }
    case 'reject': {
      const code = Buffer.from(frame.code);
      const out = encodeRange(FrameType.reject, frame, code.length);
      out.set(code, 21);
      return out;
    }
    case 'ping':
      return allocate(FrameType.ping, 0);
  }
}

/** Writes the head of a BLOCK frame into the first BLOCK_HEAD_BYTES of `out`. */
export function writeBlockHead(out: Buffer, block: BlockHead): void {
  out.writeUInt32BE(1 + 12 + block.length, 0);
  out.writeUInt8(FrameType.block, 4);
  out.writeUInt32BE(block.fileRef, 5);
  out.writeUInt32BE(block.pieceIndex, 9);
  out.writeUInt32BE(block.offset, 13);
}

/** Reads the head of a BLOCK frame from BLOCK_HEAD_BYTES bytes whose type is BLOCK. */
export function readBlockHead(head: Buffer): BlockHead {
  const length = head.readUInt32BE(0) - 1 - 12;
  if (length < 1 || length > MAX_BLOCK_LENGTH) violation(`block of ${length} bytes`);
  return {
    fileRef: head.readUInt32BE(5),
    pieceIndex: head.readUInt32BE(9),
    offset: head.readUInt32BE(13),
    length,
  };
}

/**
 * Decodes a frame's payload (everything after the type byte); never called for BLOCK.
 * @throws PeerError PROTOCOL_VIOLATION
 */
export function decodeFrame(type: number, payload: Buffer): PeerFrame {
  switch (type) {
    case FrameType.hello:
      return decodeHello(payload);
    case FrameType.challenge:
      need(payload.length === CHALLENGE_BYTES, 'challenge');
      return { type: 'challenge', nonce: Buffer.from(payload) };
    case FrameType.ticket:
      need(payload.length > 0, 'ticket');
      return { type: 'ticket', ticket: Buffer.from(payload) };
    case FrameType.open:
      need(payload.length === 36, 'open');
      return { type: 'open', fileRef: payload.readUInt32BE(0), fileId: payload.toString('hex', 4) };
    case FrameType.close:
      need(payload.length === 4, 'close');
      return { type: 'close', fileRef: payload.readUInt32BE(0) };
    case FrameType.request:
      need(payload.length === 16, 'request');
      return { type: 'request', ...decodeRange(payload) };
    case FrameType.cancel:
      need(payload.length === 16, 'cancel');
      return { type: 'cancel', ...decodeRange(payload) };
    case FrameType.have:
      need(payload.length === 8, 'have');
      return {
        type: 'have',
        fileRef: payload.readUInt32BE(0),
        pieceIndex: payload.readUInt32BE(4),
      };
    case FrameType.ping:
      need(payload.length === 0, 'ping');
      return { type: 'ping' };
    case FrameType.error:
      return decodeError(payload);
    case FrameType.welcome:
      need(payload.length === 8, 'welcome');
      return {
        type: 'welcome',
        version: payload.readUInt16BE(0),
        maxRequests: payload.readUInt16BE(2),
        maxBlockLength: payload.readUInt32BE(4),
      };
    case FrameType.opened:
      need(payload.length >= 4, 'opened');
      return {
        type: 'opened',
        fileRef: payload.readUInt32BE(0),
        bits: Buffer.from(payload.subarray(4)),
      };
    case FrameType.refused:
      need(payload.length > 4, 'refused');
      return {
        type: 'refused',
        fileRef: payload.readUInt32BE(0),
        code: decodeCode(payload.subarray(4)),
      };
    case FrameType.reject:
      need(payload.length > 16, 'reject');
      return { type: 'reject', ...decodeRange(payload), code: decodeCode(payload.subarray(16)) };
    default:
      return violation(`unknown frame type 0x${type.toString(16)}`);
  }
}

function allocate(type: number, payloadLength: number): Buffer {
  const out = Buffer.allocUnsafe(FRAME_HEAD_BYTES + payloadLength);
  out.writeUInt32BE(1 + payloadLength, 0);
  out.writeUInt8(type, 4);
  return out;
}

function encodeRange(type: number, range: BlockRange, extra: number): Buffer {
  const out = allocate(type, 16 + extra);
  out.writeUInt32BE(range.fileRef, 5);
  out.writeUInt32BE(range.pieceIndex, 9);
  out.writeUInt32BE(range.offset, 13);
  out.writeUInt32BE(range.length, 17);
  return out;
}

function decodeRange(payload: Buffer): BlockRange {
  const length = payload.readUInt32BE(12);
  if (length < 1 || length > MAX_BLOCK_LENGTH) violation(`range of ${length} bytes`);
  return {
    fileRef: payload.readUInt32BE(0),
    pieceIndex: payload.readUInt32BE(4),
    offset: payload.readUInt32BE(8),
    length,
  };
}

function decodeHello(payload: Buffer): PeerFrame {
  need(payload.length >= 2, 'hello');
  const parts: Buffer[] = [];
  let at = 2;
  for (let part = 0; part < 3; part++) {
    need(at + 2 <= payload.length, 'hello');
    const end = at + 2 + payload.readUInt16BE(at);
    need(end <= payload.length, 'hello');
    parts.push(Buffer.from(payload.subarray(at + 2, end)));
    at = end;
  }
  need(at === payload.length, 'hello');
  const [ticket, publicKey, signature] = parts as [Buffer, Buffer, Buffer];
  return { type: 'hello', version: payload.readUInt16BE(0), ticket, publicKey, signature };
}

function decodeCode(bytes: Buffer): ErrorCode {
  const code = bytes.toString('latin1');
  return isErrorCode(code) ? code : 'PROTOCOL_VIOLATION';
}

function decodeError(payload: Buffer): PeerFrame {
  const text = payload.subarray(0, 1024).toString('utf8');
  const end = text.indexOf('\n');
  const code = end < 0 ? text : text.slice(0, end);
  return {
    type: 'error',
    code: isErrorCode(code) ? code : 'PROTOCOL_VIOLATION',
    message: end < 0 ? '' : text.slice(end + 1),
  };
}

function need(condition: boolean, frame: string): void {
  if (!condition) violation(`malformed ${frame} frame`);
}

function violation(what: string): never {
  throw new PeerError('PROTOCOL_VIOLATION', `the peer broke the protocol: ${what}`);
}
