/**
 * What opens a connection to a relay, on the port of the tracker and before anything else: who is meant
 * by a key that the tracker has told both sides, and which side this is. The relay answers with one
 * byte when both are there; everything after that is between the two. Pure.
 */
import { randomBytes } from 'node:crypto';

/** Nothing that begins TLS begins like this. */
const MAGIC = Buffer.from('p2p relay 1\n');
const KEY_BYTES = 32;
export const RELAY_OPENING_BYTES = MAGIC.length + KEY_BYTES + 1;
/** What the relay says when both sides are there. */
export const RELAY_READY = 1;

/** Who asked for the meeting, and who was asked. */
export type RelaySide = 'caller' | 'called';

export interface RelayOpening {
  /** 64 hex digits. */
  readonly key: string;
  readonly side: RelaySide;
}

/** A key that nobody guesses. */
export function createRelayKey(): string {
  return randomBytes(KEY_BYTES).toString('hex');
}

export function isRelayKey(value: unknown): value is string {
  return typeof value === 'string' && /^[0-9a-f]{64}$/.test(value);
}

/** True when a connection that begins so is none of TLS. */
export function beginsRelay(firstByte: number | undefined): boolean {
  return firstByte === MAGIC[0];
}

export function encodeRelayOpening({ key, side }: RelayOpening): Buffer {
  return Buffer.concat([MAGIC, Buffer.from(key, 'hex'), Buffer.of(side === 'caller' ? 0 : 1)]);
}

/** Undefined for anything else. */
export function decodeRelayOpening(bytes: Buffer): RelayOpening | undefined {
  if (bytes.length !== RELAY_OPENING_BYTES) return undefined;
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const side = bytes.at(-1);
  if (side !== 0 && side !== 1) return undefined;
  const key = bytes.toString('hex', MAGIC.length, MAGIC.length + KEY_BYTES);
  return { key, side: side === 0 ? 'caller' : 'called' };
}
