/**
 * What opens a connection to a relay: who is meant by a key that the tracker has told both sides, and which
 * side this is. On the port of the tracker it comes before anything else; to a member who relays it is said
 * in a frame, with a ticket. The relay answers with one byte when both are there; everything after that is
 * between the two. Pure.
 */
import { randomBytes } from 'node:crypto';
import { bug } from '../errors.js';

/** Nothing that begins TLS begins like this. */
const MAGIC = Buffer.from('p2p relay 1\n');
const KEY_BYTES = 32;
/** The key and one byte for the side. */
export const MEETING_BYTES = KEY_BYTES + 1;
export const RELAY_OPENING_BYTES = MAGIC.length + MEETING_BYTES;
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

export function encodeRelayOpening(opening: RelayOpening): Buffer {
  return Buffer.concat([MAGIC, encodeMeeting(opening)]);
}

/** Undefined for anything else. */
export function decodeRelayOpening(bytes: Buffer): RelayOpening | undefined {
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  return decodeMeeting(bytes.subarray(MAGIC.length));
}

/** What is said to a relay that knows already what is meant. */
export function encodeMeeting({ key, side }: RelayOpening): Buffer {
  if (!isRelayKey(key)) bug('a meeting without a key');
  return Buffer.concat([Buffer.from(key, 'hex'), Buffer.of(side === 'caller' ? 0 : 1)]);
}

/** Undefined for anything else. */
export function decodeMeeting(bytes: Buffer): RelayOpening | undefined {
  const side = bytes.at(-1);
  if (bytes.length !== MEETING_BYTES || (side !== 0 && side !== 1)) return undefined;
  return { key: bytes.toString('hex', 0, KEY_BYTES), side: side === 0 ? 'caller' : 'called' };
}
