/**
 * The time that a tracker tells with each of its pings, in the payload of the WebSocket frame: eight
 * bytes, milliseconds since 1970, big-endian. Older clients answer such a ping like any other, older
 * trackers send an empty one.
 */

const BYTES = 8;

export function encodeToldTime(nowMs: number): Buffer {
  const bytes = Buffer.alloc(BYTES);
  bytes.writeBigUInt64BE(BigInt(Math.max(0, Math.round(nowMs))));
  return bytes;
}

/** Undefined for a payload that is no time. */
export function decodeToldTime(payload: Uint8Array): number | undefined {
  if (payload.length !== BYTES) return undefined;
  const view = Buffer.from(payload.buffer, payload.byteOffset, BYTES);
  const nowMs = Number(view.readBigUInt64BE());
  return Number.isSafeInteger(nowMs) ? nowMs : undefined;
}
