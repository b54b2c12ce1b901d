/**
 * The history of a group as both ends must agree on it: what an entry is, the bytes of it that are
 * hashed, and the head that the tracker signs. Each entry holds the hash of the one before, and the
 * first one that of the group itself, so that nobody changes, drops or moves an entry unseen.
 * Byte layout: docs/protocol.md, "History".
 */
import { createHash, sign, verify, type KeyObject } from 'node:crypto';
import { bug } from './errors.js';
import { INCARNATION_BYTES, MAX_HISTORY_SUBJECTS, MAX_NAME_BYTES } from './limits.js';

/** What may have happened; a newer tracker may tell of more. */
export const HISTORY_ACTIONS = [
  /** The actor made the group, and owns it. */
  'create',
  /** The actor let the subject in, or refused the subject's request. */
  'accept',
  'reject',
  /** The actor came in by the invite whose id is the subject. */
  'join',
  'leave',
  /** The actor removed the subject. */
  'kick',
  /** The actor shut the subject out, or lifted that. */
  'ban',
  'unban',
  /** The subject owns the group from now on, by the will of the actor or because the actor left. */
  'owner',
  /** The operator of the tracker made the actor an owner. */
  'appointed',
  /** The first subject is what the second one says from now on. */
  'role',
  /** The actor made, or ended, the invite whose id is the subject. */
  'invite',
  'revoke',
  /** The actor shares the subjects from now on: names in the group. */
  'share',
  /** The actor had the subjects stand for other content. */
  'replace',
  /** The actor shares the subject no more, on one device. */
  'stop',
  /** A guest took the subject by a link of the actor's. */
  'guest-download',
] as const;

export type HistoryAction = (typeof HISTORY_ACTIONS)[number];

export function isHistoryAction(word: string): word is HistoryAction {
  return HISTORY_ACTIONS.some((action) => action === word);
}

/** Told in place of an entry that is none any more; nothing is kept with it. */
export const UNREADABLE_ACTION = 'unreadable';

/** Whether this may be an action, also one of a newer version. */
export function isActionForm(word: string): boolean {
  return /^[a-z-]{1,32}$/.test(word);
}

/** Whether this may be an actor or a subject: what one is hashed by must be what it says. */
export function isHistoryText(text: string): boolean {
  return Buffer.byteLength(text) <= MAX_NAME_BYTES && !/\p{Cs}/u.test(text);
}

export interface HistoryEntry {
  /** Counts from 1 in each group. */
  readonly seq: number;
  /** On the tracker's clock, milliseconds since 1970. */
  readonly atMs: number;
  /** A `HistoryAction`, or what this version does not know. */
  readonly action: string;
  readonly actor: string;
  /** Whom or what it was done to; see `HistoryAction`. */
  readonly subjects: readonly string[];
  /** Of all this and the hash of the entry before; see `hashEntry`. 64 hex digits. */
  readonly hash: string;
}

/** How far a history goes. */
export interface HistoryHead {
  /** Entries up to here. */
  readonly count: number;
  /** The hash of the last of them, 64 hex digits; without any that of the group. */
  readonly hash: string;
}

/** The tracker's word for a head. */
export interface SignedHead extends HistoryHead {
  /** Base64 (64 bytes). */
  readonly signature: string;
}

/** A group of which there is a history. */
export interface HistoryGroup {
  readonly groupId: string;
  readonly incarnation: string;
}

/** Set before what is hashed or signed, so that none of it can be taken for anything else. */
const GROUP_CONTEXT = Buffer.from('p2p history group v1\0');
const ENTRY_CONTEXT = Buffer.from('p2p history entry v1\0');
const HEAD_CONTEXT = Buffer.from('p2p history head v1\0');

/** The head of a history in which nothing has happened yet. */
export function firstHead({ groupId, incarnation }: HistoryGroup): HistoryHead {
  const parts = [GROUP_CONTEXT, incarnationBytes(incarnation), text(groupId)];
  return { count: 0, hash: sha256(parts) };
}

/** The hash of an entry, by all that it says and by that of the entry before. */
export function hashEntry(
  previous: string,
  { seq, atMs, action, actor, subjects }: Omit<HistoryEntry, 'hash'>,
): string {
  if (subjects.length > MAX_HISTORY_SUBJECTS) bug(`an entry of ${subjects.length} subjects`);
  const numbers = Buffer.alloc(16);
  numbers.writeBigUInt64BE(BigInt(seq));
  numbers.writeBigUInt64BE(BigInt(atMs), 8);
  const count = Buffer.alloc(2);
  count.writeUInt16BE(subjects.length);
  const parts = [ENTRY_CONTEXT, Buffer.from(previous, 'hex'), numbers, text(action), text(actor)];
  return sha256([...parts, count, ...subjects.map(text)]);
}

/** Signs a head with the tracker's Ed25519 key. */
export function signHead(group: HistoryGroup, head: HistoryHead, key: KeyObject): SignedHead {
  const signature = sign(null, headBytes(group, head), key).toString('base64');
  return { count: head.count, hash: head.hash, signature };
}

/** Whether a head has the signature of the tracker with this public key. */
export function isHeadSigned(group: HistoryGroup, head: SignedHead, publicKey: KeyObject): boolean {
  const signature = Buffer.from(head.signature, 'base64');
  return verify(null, headBytes(group, head), publicKey, signature);
}

function headBytes({ groupId, incarnation }: HistoryGroup, { count, hash }: HistoryHead): Buffer {
  const number = Buffer.alloc(8);
  number.writeBigUInt64BE(BigInt(count));
  const group = [incarnationBytes(incarnation), text(groupId)];
  return Buffer.concat([HEAD_CONTEXT, ...group, number, Buffer.from(hash, 'hex')]);
}

function incarnationBytes(incarnation: string): Buffer {
  const bytes = Buffer.from(incarnation, 'hex');
  if (bytes.length !== INCARNATION_BYTES) bug('the history of a group without an incarnation');
  return bytes;
}

/** Length byte and UTF-8 bytes of a text that was checked at the door. */
function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  if (bytes.length > MAX_NAME_BYTES) bug(`a text of ${bytes.length} bytes in a history`);
  return Buffer.concat([Buffer.of(bytes.length), bytes]);
}

function sha256(parts: readonly Buffer[]): string {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part);
  return hash.digest('hex');
}
