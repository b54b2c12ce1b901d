/**
 * Tickets: the tracker's signed word that a device's user belongs to a group right now.
 * The serving peer checks one on every connection without asking the tracker.
 * Byte layout (docs/protocol.md, "Ticket"): version u8, expiry u64 ms, epoch u32, incarnation 8,
 * device id 32, role u8, user length u8 + bytes, group length u8 + bytes, Ed25519 signature 64.
 */
import { isUtf8 } from 'node:buffer';
import { createPublicKey, randomBytes, sign, verify, type KeyObject } from 'node:crypto';
import { isSha256Hex } from './description.js';
import { bug, PeerError, type ErrorCode } from './errors.js';
import { INCARNATION_BYTES, MAX_NAME_BYTES, TICKET_LIFETIME_MS } from './limits.js';
import { ROLES, type Role } from './roles.js';

/** 2 came with the incarnation (a ticket of version 1 could be of a group that has ended), 3 with the role. */
const VERSION = 3;
const SIGNATURE_BYTES = 64;
const INCARNATION_AT = 1 + 8 + 4;
const DEVICE_AT = INCARNATION_AT + INCARNATION_BYTES;
const ROLE_AT = DEVICE_AT + 32;
const FIXED_BYTES = ROLE_AT + 1;
/** Set before the signed bytes, so that the key's signatures mean nothing elsewhere. */
const CONTEXT = Buffer.from('p2p ticket v3\0');
/** What stands before the 32 bytes of an Ed25519 key in its DER form. */
const ED25519_SPKI_PREFIX = Buffer.from('302a300506032b6570032100', 'hex');

/** What a ticket says. */
export interface Ticket {
  readonly userId: string;
  /** SHA-256 of the device's public key, 64 hex digits. */
  readonly deviceId: string;
  readonly groupId: string;
  /** What the user was in the group when it was issued; who is less later gets a new epoch with it. */
  readonly role: Role;
  /** Which of all groups that ever had this name; see `isIncarnation`. */
  readonly incarnation: string;
  /** The group's epoch when it was issued; rises whenever someone is removed. */
  readonly epoch: number;
  /** Milliseconds since 1970 on the tracker's clock. */
  readonly expiresAtMs: number;
}

const incarnationForm = new RegExp(`^[0-9a-f]{${2 * INCARNATION_BYTES}}$`);

/** The name of a fresh group's incarnation: random, so that no group that ends has a successor. */
export function createIncarnation(): string {
  return randomBytes(INCARNATION_BYTES).toString('hex');
}

/** True for the text of an incarnation: INCARNATION_BYTES in lower-case hex. */
export function isIncarnation(text: string): boolean {
  return incarnationForm.test(text);
}

/** The tracker's public key, from the raw 32 bytes that come with a login. */
export function ticketPublicKey(raw: Uint8Array): KeyObject {
  const key = Buffer.concat([ED25519_SPKI_PREFIX, raw]);
  return createPublicKey({ key, format: 'der', type: 'spki' });
}

/** Signs a ticket with the tracker's Ed25519 key. */
export function issueTicket(ticket: Ticket, privateKey: KeyObject): Buffer {
  const body = encodeBody(ticket);
  return Buffer.concat([body, sign(null, Buffer.concat([CONTEXT, body]), privateKey)]);
}

/** What a serving peer holds against a ticket. */
export interface TicketCheck {
  /** The tracker's Ed25519 public key. */
  readonly publicKey: KeyObject;
  /** The key on this very connection: from its certificate, or in the clear from HELLO. */
  readonly deviceId: string;
  /** Now on the tracker's clock. */
  readonly nowMs: number;
}

/**
 * Checks signature, expiry and device of a received ticket.
 * @throws PeerError TICKET_INVALID or TICKET_EXPIRED
 */
export function checkTicket(bytes: Uint8Array, check: TicketCheck): Ticket {
  const ticket = decodeTicket(bytes);
  const body = bytes.subarray(0, bytes.length - SIGNATURE_BYTES);
  const signature = bytes.subarray(bytes.length - SIGNATURE_BYTES);
  if (!verify(null, Buffer.concat([CONTEXT, body]), check.publicKey, signature)) {
    refuse('TICKET_INVALID', 'its signature is not the tracker’s');
  }
  if (ticket.deviceId !== check.deviceId) refuse('TICKET_INVALID', 'it belongs to another device');
  if (ticket.expiresAtMs <= check.nowMs) refuse('TICKET_EXPIRED', 'it has expired');
  if (ticket.expiresAtMs > check.nowMs + 2 * TICKET_LIFETIME_MS) {
    refuse('TICKET_INVALID', 'it lives longer than tickets may');
  }
  return ticket;
}

/** Reads a ticket without checking who signed it (its holder may look inside). */
export function decodeTicket(bytes: Uint8Array): Ticket {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length > 0 && view[0] !== VERSION) {
    refuse('TICKET_INVALID', 'it is of another version of p2p; update tracker and clients');
  }
  if (view.length < FIXED_BYTES + 2 + SIGNATURE_BYTES) {
    refuse('TICKET_INVALID', 'it cannot be read');
  }
  const end = view.length - SIGNATURE_BYTES;
  const [userId, afterUser] = readName(view, FIXED_BYTES, end);
  const [groupId, afterGroup] = readName(view, afterUser, end);
  const expiresAtMs = Number(view.readBigUInt64BE(1));
  const role = ROLES[view.readUInt8(ROLE_AT)];
  if (afterGroup !== end || !Number.isSafeInteger(expiresAtMs) || role === undefined) {
    refuse('TICKET_INVALID', 'it cannot be read');
  }
  return {
    userId,
    groupId,
    role,
    incarnation: view.toString('hex', INCARNATION_AT, DEVICE_AT),
    deviceId: view.toString('hex', DEVICE_AT, ROLE_AT),
    epoch: view.readUInt32BE(9),
    expiresAtMs,
  };
}

function encodeBody(ticket: Ticket): Buffer {
  const user = encodeName(ticket.userId);
  const group = encodeName(ticket.groupId);
  if (!isSha256Hex(ticket.deviceId)) bug('a ticket for something that is no device id');
  if (!isIncarnation(ticket.incarnation)) bug('a ticket for a group without an incarnation');
  const head = Buffer.alloc(FIXED_BYTES);
  head.writeUInt8(VERSION, 0);
  head.writeBigUInt64BE(BigInt(ticket.expiresAtMs), 1);
  head.writeUInt32BE(ticket.epoch, 9);
  head.write(ticket.incarnation, INCARNATION_AT, 'hex');
  head.write(ticket.deviceId, DEVICE_AT, 'hex');
  head.writeUInt8(ROLES.indexOf(ticket.role), ROLE_AT);
  return Buffer.concat([head, user, group]);
}

/** Length byte and UTF-8 bytes of a name that was checked at the door. */
function encodeName(name: string): Buffer {
  const bytes = Buffer.from(name);
  if (bytes.length === 0 || bytes.length > MAX_NAME_BYTES) bug(`a name of ${bytes.length} bytes`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function readName(view: Buffer, at: number, end: number): [string, number] {
  const length = at < end ? view[at]! : 0;
  const after = at + 1 + length;
  const bytes = view.subarray(at + 1, after);
  // Names are strict UTF-8: two different byte strings must never read as one name.
  if (length === 0 || after > end || !isUtf8(bytes)) refuse('TICKET_INVALID', 'it cannot be read');
  return [bytes.toString(), after];
}

function refuse(code: ErrorCode, why: string): never {
  throw new PeerError(code, `the ticket was refused: ${why}`);
}
