/**
 * WebSocket frames as a load maker needs them (RFC 6455): small, so that making the load costs less
 * than answering it. The mask of what it sends is zero, which leaves the text as it is. Pure.
 */

const FINAL_TEXT = 0x81;
const FINAL_PONG = 0x8a;
const MASKED = 0x80;
const MASK_BYTES = 4;

export const Opcode = { text: 1, close: 8, ping: 9, pong: 10 } as const;

/** A text of ASCII characters as one masked frame. */
export function textFrame(text: string): Buffer {
  const { frame, at } = clientFrame(FINAL_TEXT, text.length);
  frame.write(text, at, 'latin1');
  return frame;
}

/** The answer to a ping. */
export function pongFrame(payload: Buffer): Buffer {
  const { frame, at } = clientFrame(FINAL_PONG, payload.length);
  payload.copy(frame, at);
  return frame;
}

function clientFrame(first: number, length: number): { frame: Buffer; at: number } {
  const isShort = length < 126;
  const at = (isShort ? 2 : 4) + MASK_BYTES;
  if (length > 0xffff) throw new Error(`a frame of ${length} bytes is too long for a tracker`);
  const frame = Buffer.allocUnsafe(at + length);
  frame[0] = first;
  frame[1] = MASKED | (isShort ? length : 126);
  if (!isShort) frame.writeUInt16BE(length, 2);
  frame.fill(0, at - MASK_BYTES, at);
  return { frame, at };
}

/** Cuts what a server sends into frames; none of them is split into parts. */
export class FrameReader {
  readonly #onFrame: (opcode: number, payload: Buffer) => void;
  #rest: Buffer | undefined;

  constructor(onFrame: (opcode: number, payload: Buffer) => void) {
    this.#onFrame = onFrame;
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest ? Buffer.concat([this.#rest, chunk]) : chunk;
    this.#rest = undefined;
    for (let size = frameSize(bytes); size <= bytes.length; size = frameSize(bytes)) {
      const payload = bytes.subarray(headBytes(bytes), size);
      this.#onFrame(bytes[0]! & 0x0f, payload);
      bytes = bytes.subarray(size);
      if (bytes.length === 0) return;
    }
    this.#rest = bytes;
  }
}

function headBytes(bytes: Buffer): number {
  const short = bytes[1]! & 0x7f;
  return short < 126 ? 2 : short === 126 ? 4 : 10;
}

/** Bytes of the frame that begins here; Infinity while its head is not there. */
function frameSize(bytes: Buffer): number {
  if (bytes.length < 2) return Infinity;
  const head = headBytes(bytes);
  if (bytes.length < head) return Infinity;
  const short = bytes[1]! & 0x7f;
  if (short < 126) return head + short;
  return head + (short === 126 ? bytes.readUInt16BE(2) : Number(bytes.readBigUInt64BE(2)));
}
