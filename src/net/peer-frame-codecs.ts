/**
 * How each frame of the peer link is written and read: one entry for each type, so that a type
 * without one does not compile. Pure; every length is checked before anything is allocated, and
 * what is decoded shares no memory with what it was read from.
 */
import { isCallId } from './call-id.js';
import { isSha256Hex, SHA256_BYTES } from './description.js';
import { bug, isErrorCode, type ErrorCode } from './errors.js';
import { MAX_BLOCK_LENGTH } from './limits.js';
import {
  allocate,
  decodeNonce,
  decodeParts,
  encodeBytes,
  encodeNonce,
  encodeParts,
  need,
  violation,
} from './peer-frame-bytes.js';
import {
  CALL_ID_BYTES,
  FRAME_HEAD_BYTES,
  FrameType,
  type BlockRange,
  type PeerFrame,
} from './peer-frame-types.js';
import { decodeFind, decodeFound, encodeFind, encodeFound } from './name-frames.js';
import { decodeMeeting, encodeMeeting, MEETING_BYTES } from './relay/relay-opening.js';

/** Bytes of a fileRef, and of a range: fileRef, piece index, offset, length. */
const FILE_REF_BYTES = 4;
const RANGE_BYTES = 16;
/** Bytes of code and text in ERROR. */
const MAX_ERROR_BYTES = 1024;
/** Where in a frame that is about a file the rest of the payload begins. */
const AFTER_FILE_REF = FRAME_HEAD_BYTES + FILE_REF_BYTES;

/** How one type of frame is written, and its payload read. */
export interface FrameCodec<Frame extends PeerFrame> {
  /** The whole frame, head included. */
  encode(frame: Frame): Buffer;
  /**
   * `payload` is everything after the type; what is kept of it is a copy.
   * @throws PeerError PROTOCOL_VIOLATION
   */
  decode(payload: Buffer): Frame;
}

/** Every frame but BLOCK, whose payload never passes through here. */
export const frameCodecs: {
  readonly [T in PeerFrame['type']]: FrameCodec<Extract<PeerFrame, { type: T }>>;
} = {
  hello: { encode: encodeHello, decode: decodeHello },
  challenge: {
    encode: ({ nonce }) => encodeNonce(FrameType.challenge, nonce),
    decode: (payload) => ({ type: 'challenge', nonce: decodeNonce(payload, 'challenge') }),
  },
  prove: {
    encode: ({ nonce }) => encodeNonce(FrameType.prove, nonce),
    decode: (payload) => ({ type: 'prove', nonce: decodeNonce(payload, 'prove') }),
  },
  proof: {
    encode: ({ publicKey, signature }) => encodeParts(FrameType.proof, 0, [publicKey, signature]),
    decode(payload) {
      const [publicKey, signature] = decodeParts(payload, 2, 'proof') as [Buffer, Buffer];
      return { type: 'proof', publicKey, signature };
    },
  },
  answer: {
    encode({ callId }) {
      if (!isCallId(callId)) bug('ANSWER to something that is no call');
      return encodeBytes(FrameType.answer, Buffer.from(callId, 'hex'));
    },
    decode(payload) {
      need(payload.length === CALL_ID_BYTES, 'answer');
      return { type: 'answer', callId: payload.toString('hex') };
    },
  },
  meet: {
    encode({ ticket, key, side }) {
      return encodeBytes(FrameType.meet, Buffer.concat([encodeMeeting({ key, side }), ticket]));
    },
    decode(payload) {
      need(payload.length > MEETING_BYTES, 'meet');
      const opening = decodeMeeting(payload.subarray(0, MEETING_BYTES));
      if (!opening) violation('malformed meet frame');
      return { type: 'meet', ...opening, ticket: Buffer.from(payload.subarray(MEETING_BYTES)) };
    },
  },
  ticket: {
    encode: ({ ticket }) => encodeBytes(FrameType.ticket, ticket),
    decode(payload) {
      need(payload.length > 0, 'ticket');
      return { type: 'ticket', ticket: Buffer.from(payload) };
    },
  },
  open: {
    encode({ fileRef, fileId }) {
      // Anything shorter would send what was in this memory before.
      if (!isSha256Hex(fileId)) bug('OPEN of something that is no file id');
      const out = encodeFileRef(FrameType.open, fileRef, SHA256_BYTES);
      out.write(fileId, AFTER_FILE_REF, 'hex');
      return out;
    },
    decode(payload) {
      need(payload.length === FILE_REF_BYTES + SHA256_BYTES, 'open');
      return {
        type: 'open',
        fileRef: payload.readUInt32BE(0),
        fileId: payload.toString('hex', 4),
      };
    },
  },
  find: { encode: encodeFind, decode: decodeFind },
  found: { encode: encodeFound, decode: decodeFound },
  close: {
    encode: ({ fileRef }) => encodeFileRef(FrameType.close, fileRef, 0),
    decode(payload) {
      need(payload.length === 4, 'close');
      return { type: 'close', fileRef: payload.readUInt32BE(0) };
    },
  },
  request: {
    encode: (range) => encodeRange(FrameType.request, range, 0),
    decode(payload) {
      need(payload.length === RANGE_BYTES, 'request');
      return { type: 'request', ...decodeRange(payload) };
    },
  },
  cancel: {
    encode: (range) => encodeRange(FrameType.cancel, range, 0),
    decode(payload) {
      need(payload.length === RANGE_BYTES, 'cancel');
      return { type: 'cancel', ...decodeRange(payload) };
    },
  },
  have: {
    encode({ fileRef, pieceIndex }) {
      const out = encodeFileRef(FrameType.have, fileRef, 4);
      out.writeUInt32BE(pieceIndex, AFTER_FILE_REF);
      return out;
    },
    decode(payload) {
      need(payload.length === 8, 'have');
      return {
        type: 'have',
        fileRef: payload.readUInt32BE(0),
        pieceIndex: payload.readUInt32BE(4),
      };
    },
  },
  ping: {
    encode: () => allocate(FrameType.ping, 0),
    decode(payload) {
      need(payload.length === 0, 'ping');
      return { type: 'ping' };
    },
  },
  error: {
    encode: ({ code, message }) =>
      encodeBytes(FrameType.error, Buffer.from(`${code}\n${message}`).subarray(0, MAX_ERROR_BYTES)),
    decode: decodeError,
  },
  welcome: {
    encode({ version, maxRequests, maxBlockLength }) {
      const out = allocate(FrameType.welcome, 8);
      out.writeUInt16BE(version, FRAME_HEAD_BYTES);
      out.writeUInt16BE(maxRequests, FRAME_HEAD_BYTES + 2);
      out.writeUInt32BE(maxBlockLength, FRAME_HEAD_BYTES + 4);
      return out;
    },
    decode(payload) {
      need(payload.length === 8, 'welcome');
      return {
        type: 'welcome',
        version: payload.readUInt16BE(0),
        maxRequests: payload.readUInt16BE(2),
        maxBlockLength: payload.readUInt32BE(4),
      };
    },
  },
  opened: {
    encode({ fileRef, bits }) {
      const out = encodeFileRef(FrameType.opened, fileRef, bits.length);
      out.set(bits, AFTER_FILE_REF);
      return out;
    },
    decode(payload) {
      need(payload.length >= 4, 'opened');
      return {
        type: 'opened',
        fileRef: payload.readUInt32BE(0),
        bits: Buffer.from(payload.subarray(4)),
      };
    },
  },
  refused: {
    encode({ fileRef, code }) {
      const out = encodeFileRef(FrameType.refused, fileRef, code.length);
      out.write(code, AFTER_FILE_REF, 'latin1');
      return out;
    },
    decode(payload) {
      need(payload.length > 4, 'refused');
      return {
        type: 'refused',
        fileRef: payload.readUInt32BE(0),
        code: knownCode(payload.toString('latin1', FILE_REF_BYTES)),
      };
    },
  },
  reject: {
    encode(frame) {
      const out = encodeRange(FrameType.reject, frame, frame.code.length);
      out.write(frame.code, FRAME_HEAD_BYTES + RANGE_BYTES, 'latin1');
      return out;
    },
    decode(payload) {
      need(payload.length > RANGE_BYTES, 'reject');
      return {
        type: 'reject',
        ...decodeRange(payload),
        code: knownCode(payload.toString('latin1', RANGE_BYTES)),
      };
    },
  },
};

/** A frame about a file, with room for `extra` bytes behind its number. */
function encodeFileRef(type: number, fileRef: number, extra: number): Buffer {
  const out = allocate(type, FILE_REF_BYTES + extra);
  out.writeUInt32BE(fileRef, FRAME_HEAD_BYTES);
  return out;
}

/** A frame about a range, with room for `extra` bytes behind it. */
function encodeRange(type: number, range: BlockRange, extra: number): Buffer {
  const out = allocate(type, RANGE_BYTES + extra);
  out.writeUInt32BE(range.fileRef, FRAME_HEAD_BYTES);
  out.writeUInt32BE(range.pieceIndex, FRAME_HEAD_BYTES + 4);
  out.writeUInt32BE(range.offset, FRAME_HEAD_BYTES + 8);
  out.writeUInt32BE(range.length, FRAME_HEAD_BYTES + 12);
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

type Hello = Extract<PeerFrame, { type: 'hello' }>;

function encodeHello({ version, ticket, publicKey, signature }: Hello): Buffer {
  const out = encodeParts(FrameType.hello, 2, [ticket, publicKey, signature]);
  out.writeUInt16BE(version, FRAME_HEAD_BYTES);
  return out;
}

function decodeHello(payload: Buffer): Hello {
  need(payload.length >= 2, 'hello');
  const parts = decodeParts(payload.subarray(2), 3, 'hello');
  const [ticket, publicKey, signature] = parts as [Buffer, Buffer, Buffer];
  return { type: 'hello', version: payload.readUInt16BE(0), ticket, publicKey, signature };
}

/** A code that is not known is one of a newer version, and no reason to end the session. */
function knownCode(code: string): ErrorCode {
  return isErrorCode(code) ? code : 'PROTOCOL_VIOLATION';
}

function decodeError(payload: Buffer): Extract<PeerFrame, { type: 'error' }> {
  const text = payload.toString('utf8', 0, MAX_ERROR_BYTES);
  const end = text.indexOf('\n');
  const code = end < 0 ? text : text.slice(0, end);
  return {
    type: 'error',
    code: knownCode(code),
    message: end < 0 ? '' : text.slice(end + 1),
  };
}
