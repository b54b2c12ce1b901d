/**
 * A text as one WebSocket frame of a server (RFC 6455: unmasked, in one part), for whoever writes to the
 * socket itself: head and text in one piece are one write, and the same frame does for many clients. Pure.
 */

const FINAL_TEXT = 0x81;
const LONGEST_SHORT = 125;
const LONGEST_MEDIUM = 0xffff;

export function textFrame(text: string): Buffer {
  const length = Buffer.byteLength(text);
  const at = length <= LONGEST_SHORT ? 2 : length <= LONGEST_MEDIUM ? 4 : 10;
  const frame = Buffer.allocUnsafe(at + length);
  frame[0] = FINAL_TEXT;
  if (at === 2) {
    frame[1] = length;
  } else if (at === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  frame.write(text, at);
  return frame;
}
