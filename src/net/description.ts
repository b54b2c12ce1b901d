/**
 * The description of what a file or a folder holds, canonical by construction: the same content cut the
 * same way always encodes to the same bytes, and a file's id is the SHA-256 of those bytes.
 * It carries neither name nor group, so that one content is one file everywhere; the name
 * belongs to the share. Byte layout: docs/protocol.md, "Description".
 */
import { createHash } from 'node:crypto';
import { MAX_DESCRIPTION_BYTES } from './limits.js';
import { TrackerError, bug } from './errors.js';
import { entrySizes } from './folder-form.js';
import { folderLayout, folderPieceCount } from './folder-layout.js';
import { decodingFolderTable, type FolderTable } from './folder-table.js';
import { folderTableBytes, putFolderTable } from './folder-table-encoding.js';
import { atOnce, inTurns } from './in-turns.js';
import { pieceLayout, type PieceLayout } from './piece-layout.js';

const MAGIC = Buffer.from('p2pd');
const VERSION_FILE = 1;
const VERSION_FOLDER = 2;
const FLAG_SHA256 = 1;
const FIXED_BYTES = 4 + 1 + 1 + 8 + 4 + 20;
const TABLE_LENGTH_BYTES = 4;
export const SHA1_BYTES = 20;
export const SHA256_BYTES = 32;

/** What is shared: how the content is cut, and the hashes that prove it. */
export interface Description {
  readonly layout: PieceLayout;
  /** SHA-1 of each piece, `20 × pieceCount` bytes. */
  readonly pieceHashes: Uint8Array;
  /** SHA-1 over all piece hashes: the SHA-1 of the whole content as a hash list (20 bytes). */
  readonly fileSha1: Uint8Array;
  /** SHA-256 over the file's bytes, when the sharer asked for it (32 bytes); never of a folder. */
  readonly sha256: Uint8Array | undefined;
  /** What the folder holds, when the content is a folder; `layout` follows from it. */
  readonly folder?: FolderTable;
}

/** Bytes that a description of this layout encodes to, with a SHA-256. */
export function descriptionBytes({ pieceCount }: PieceLayout): number {
  return FIXED_BYTES + SHA256_BYTES + pieceCount * SHA1_BYTES;
}

/** Builds the description of a file from piece hashes. */
export function describe(
  layout: PieceLayout,
  pieceHashes: Uint8Array,
  sha256?: Uint8Array,
): Description {
  return { layout, pieceHashes, fileSha1: sha1Of(pieceHashes), sha256 };
}

/** Builds the description of a folder from piece hashes; `layout` is that of `folder`. */
export function describeFolder(
  folder: FolderTable,
  layout: PieceLayout,
  pieceHashes: Uint8Array,
): Description {
  return { layout, pieceHashes, fileSha1: sha1Of(pieceHashes), sha256: undefined, folder };
}

function sha1Of(pieceHashes: Uint8Array): Buffer {
  return createHash('sha1').update(pieceHashes).digest();
}

/** Encodes a description to its canonical bytes. */
export function encodeDescription(description: Description): Buffer {
  const { layout, pieceHashes, fileSha1, sha256, folder } = description;
  const hashesAt =
    FIXED_BYTES + (folder ? TABLE_LENGTH_BYTES + folderTableBytes(folder) : (sha256?.length ?? 0));
  // Where it is to lie at once: that of a large folder takes megabytes.
  const bytes = Buffer.allocUnsafeSlow(hashesAt + pieceHashes.length);
  MAGIC.copy(bytes, 0);
  bytes.writeUInt8(folder ? VERSION_FOLDER : VERSION_FILE, 4);
  bytes.writeUInt8(sha256 ? FLAG_SHA256 : 0, 5);
  bytes.writeBigUInt64BE(BigInt(layout.size), 6);
  bytes.writeUInt32BE(layout.pieceLength, 14);
  bytes.set(fileSha1, 18);
  if (folder) {
    const tableAt = bytes.writeUInt32BE(hashesAt - FIXED_BYTES - TABLE_LENGTH_BYTES, FIXED_BYTES);
    putFolderTable(folder, bytes, tableAt);
  } else if (sha256) {
    bytes.set(sha256, FIXED_BYTES);
  }
  bytes.set(pieceHashes, hashesAt);
  return bytes;
}

/**
 * Decodes and checks canonical bytes.
 * @throws TrackerError BAD_REQUEST when anything about them is not canonical.
 */
export function decodeDescription(bytes: Uint8Array): Description {
  return atOnce(decoding(bytes));
}

/**
 * The same, in turns with the other work of the thread: the names of a large folder take long.
 * @throws TrackerError BAD_REQUEST
 */
export function decodeDescriptionInTurns(bytes: Uint8Array): Promise<Description> {
  return inTurns(decoding(bytes));
}

function* decoding(bytes: Uint8Array): Generator<void, Description> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.length > MAX_DESCRIPTION_BYTES || view.length < FIXED_BYTES) refuse('its size is wrong');
  if (!view.subarray(0, 4).equals(MAGIC)) refuse('its version is not known');
  const description =
    view[4] === VERSION_FILE
      ? decodeFile(view)
      : view[4] === VERSION_FOLDER
        ? yield* decodingFolder(view)
        : refuse('its version is not known');
  const fileSha1 = view.subarray(18, 38);
  if (!fileSha1.equals(description.fileSha1)) refuse('its hashes contradict each other');
  return description;
}

/** What whoever only keeps a description knows of its content. */
export interface JudgedContent {
  /** Bytes. */
  readonly size: number;
  /** How many files a folder has; absent of a file. */
  readonly files?: number;
}

/**
 * Judges a description for whoever only keeps it: everything is checked but the names
 * in a folder, which may take a fifth of a second.
 * @throws TrackerError BAD_REQUEST
 */
export function judgeDescription(bytes: Uint8Array): JudgedContent {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const isFolder = view.length >= FIXED_BYTES && isFolderDescription(view);
  if (!isFolder || view.length > MAX_DESCRIPTION_BYTES || !view.subarray(0, 4).equals(MAGIC))
    return { size: decodeDescription(bytes).layout.size };
  const { table, hashesAt, pieceLength } = partsOfFolder(view);
  const { sizes, files } = entrySizes(table);
  const pieceCount = folderPieceCount(sizes, pieceLength);
  if (pieceCount === undefined) refuse('its size or piece length is out of bounds');
  requireHashes(view, hashesAt, pieceCount);
  const size = sizes.reduce((sum, one) => sum + one, 0);
  if (size !== sizeIn(view)) refuse('its size is not that of its files');
  const fileSha1 = view.subarray(18, 38);
  if (!fileSha1.equals(sha1Of(view.subarray(hashesAt)))) {
    refuse('its hashes contradict each other');
  }
  return { size, files };
}

/**
 * How the content of a description is cut that was decoded before; the names in a folder are not read.
 * @throws TrackerError BAD_REQUEST
 */
export function layoutOf(encoded: Uint8Array): PieceLayout {
  if (!isFolderDescription(encoded)) return decodeDescription(encoded).layout;
  const view = Buffer.from(encoded.buffer, encoded.byteOffset, encoded.byteLength);
  const { table, pieceLength } = partsOfFolder(view);
  const layout = folderLayout(entrySizes(table).sizes, pieceLength);
  return layout?.pieces ?? refuse('its size or piece length is out of bounds');
}

function decodeFile(view: Buffer): Description {
  const flags = view[5]!;
  if ((flags & ~FLAG_SHA256) !== 0) refuse('its flags are not known');
  const layout = pieceLayout(sizeIn(view), view.readUInt32BE(14));
  if (!layout) refuse('its size or piece length is out of bounds');
  const hashesAt = FIXED_BYTES + (flags & FLAG_SHA256 ? SHA256_BYTES : 0);
  requireHashes(view, hashesAt, layout.pieceCount);
  const sha256 = flags & FLAG_SHA256 ? view.subarray(FIXED_BYTES, hashesAt) : undefined;
  return describe(layout, view.subarray(hashesAt), sha256);
}

function* decodingFolder(view: Buffer): Generator<void, Description> {
  // Whatever costs little first, so that few are asked for their names in vain.
  judgeDescription(view);
  const { table, hashesAt, pieceLength } = partsOfFolder(view);
  const folder = yield* decodingFolderTable(table);
  const pieceCount = folderPieceCount(folder, pieceLength);
  if (pieceCount === undefined) refuse('its size or piece length is out of bounds');
  requireHashes(view, hashesAt, pieceCount);
  const layout = folderLayout(folder, pieceLength)?.pieces ?? bug('a folder without a layout');
  if (layout.size !== sizeIn(view)) refuse('its size is not that of its files');
  return describeFolder(folder, layout, view.subarray(hashesAt));
}

function partsOfFolder(view: Buffer) {
  if (view[5] !== 0) refuse('its flags are not known');
  const tableAt = FIXED_BYTES + TABLE_LENGTH_BYTES;
  const hashesAt = view.length < tableAt ? NaN : tableAt + view.readUInt32BE(FIXED_BYTES);
  if (!(hashesAt <= view.length)) refuse('its table is cut off');
  const table = view.subarray(tableAt, hashesAt);
  return { table, hashesAt, pieceLength: view.readUInt32BE(14) };
}

/** NaN when it is more than any content has. */
function sizeIn(view: Buffer): number {
  const size = view.readBigUInt64BE(6);
  return size <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(size) : NaN;
}

/** Before anything is allocated for that many pieces. */
function requireHashes(view: Buffer, hashesAt: number, pieceCount: number): void {
  if (view.length !== hashesAt + pieceCount * SHA1_BYTES) refuse('its piece count is wrong');
}

/** True for the canonical bytes of a folder's description. */
export function isFolderDescription(encoded: Uint8Array): boolean {
  return encoded[4] === VERSION_FOLDER;
}

/** The id of a file: SHA-256 over the canonical bytes, 64 hex digits. */
export function fileIdOf(encoded: Uint8Array): string {
  return createHash('sha256').update(encoded).digest('hex');
}

/** True for a well-formed file id or device id. */
export function isSha256Hex(id: unknown): id is string {
  return typeof id === 'string' && /^[0-9a-f]{64}$/.test(id);
}

function refuse(why: string): never {
  throw new TrackerError('BAD_REQUEST', `the description of this file cannot be read: ${why}`);
}
