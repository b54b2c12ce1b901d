/**
 * The form of a backup: the database first, so that it can be copied into its place and so that SQLite opens a
 * backup as it is; then the small files, one behind the other; then a list of them all, and an end of fixed length
 * by which that list is found. docs/operations.md has the layout. Pure: bytes to a list and back.
 *
 * The sums guard against damage, not against whoever writes a backup: it holds all keys, so who can write it can be
 * the tracker.
 */
import { createHash } from 'node:crypto';
import { MAX_BACKUP_MANIFEST_BYTES, MAX_BACKUP_SMALL_FILE_BYTES } from '../../net/limits.js';
import { DATABASE, IDENTITY, TICKET_KEY } from '../data-dir-files.js';

export interface BackedUpFile {
  /** Relative to the data folder. */
  readonly name: string;
  readonly size: number;
  /** SHA-256 of its bytes, hex. */
  readonly sha256: string;
}

export interface BackupManifest {
  /** Milliseconds since 1970. */
  readonly madeAtMs: number;
  /** Of the program that made it. */
  readonly version: string;
  readonly schema: number;
  readonly identity: string;
  /** In the order of their bytes, which begin at 0 and leave no gap. */
  readonly files: readonly BackedUpFile[];
}

const FORMAT = 1;
/** What a backup ends with; of another format it is another one. */
const MAGIC = Buffer.from('p2p tracker backup 1\n');
const LENGTH_BYTES = 8;
const HASH_BYTES = 32;
/** Length of the list, its SHA-256, the mark. */
export const END_BYTES = LENGTH_BYTES + HASH_BYTES + MAGIC.length;

const INVITE_NAME = /^invites\/[0-9a-f]{64}\.json$/;
const SHA256 = /^[0-9a-f]{64}$/;

/** The list and the end that stands behind it. */
export function encodeManifest(manifest: BackupManifest): Buffer {
  const list = Buffer.from(JSON.stringify({ format: FORMAT, ...manifest }));
  const length = Buffer.alloc(LENGTH_BYTES);
  length.writeBigUInt64BE(BigInt(list.length));
  return Buffer.concat([list, length, sha256(list), MAGIC]);
}

/** Where the list of a backup begins, by its last bytes; undefined when they are no such end. */
export function manifestSpan(
  size: number,
  end: Buffer,
): { readonly start: number; readonly length: number; readonly hash: Buffer } | undefined {
  if (end.length !== END_BYTES || !end.subarray(-MAGIC.length).equals(MAGIC)) return undefined;
  const length = Number(end.readBigUInt64BE());
  const start = size - END_BYTES - length;
  if (length > MAX_BACKUP_MANIFEST_BYTES || start < 0) return undefined;
  return { start, length, hash: end.subarray(LENGTH_BYTES, LENGTH_BYTES + HASH_BYTES) };
}

/** The list; undefined when it is damaged, or does not describe the bytes before it. */
export function decodeManifest(
  list: Buffer,
  hash: Buffer,
  start: number,
): BackupManifest | undefined {
  if (!sha256(list).equals(hash)) return undefined;
  const parsed = parse(list);
  if (parsed?.['format'] !== FORMAT) return undefined;
  const { madeAtMs, version, schema, identity, files } = parsed;
  if (!isCount(madeAtMs) || !isCount(schema)) return undefined;
  if (typeof version !== 'string' || typeof identity !== 'string') return undefined;
  if (!Array.isArray(files) || !files.every(isFile)) return undefined;
  const names = new Set(files.map(({ name }) => name));
  if (names.size !== files.length || files[0]?.name !== DATABASE) return undefined;
  if (!names.has(IDENTITY) || !names.has(TICKET_KEY)) return undefined;
  if (files.reduce((sum, { size }) => sum + size, 0) !== start) return undefined;
  return { madeAtMs, version, schema, identity, files };
}

/** True for the name of an unused invite. */
export function isInviteFile(name: string): boolean {
  return INVITE_NAME.test(name);
}

function parse(list: Buffer): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(list.toString('utf8'));
    return typeof value === 'object' && value !== null ? { ...value } : undefined;
  } catch {
    return undefined;
  }
}

function isFile(value: unknown): value is BackedUpFile {
  if (typeof value !== 'object' || value === null) return false;
  const { name, size, sha256: hash } = value as Record<string, unknown>;
  if (typeof name !== 'string' || !isCount(size)) return false;
  if (typeof hash !== 'string' || !SHA256.test(hash)) return false;
  if (name === DATABASE) return true;
  const isKnown = name === IDENTITY || name === TICKET_KEY || isInviteFile(name);
  return isKnown && size <= MAX_BACKUP_SMALL_FILE_BYTES;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function sha256(bytes: Buffer): Buffer {
  return createHash('sha256').update(bytes).digest();
}
