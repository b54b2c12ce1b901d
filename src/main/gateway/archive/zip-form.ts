/**
 * A folder as a zip file: nothing is compressed, so that its length is known before a byte of a file is. Follows
 * APPNOTE 6.3.10: names in UTF-8, sizes and checksums behind each file (data descriptors), zip64 where 32 bits are too
 * few, the times as well as modes as Unix has them. Pure; of each entry it keeps twelve bytes for the directory at the
 * end.
 */
import type { FolderEntry } from '../../../net/folder-entry.js';
import {
  archivedPath,
  archiveOrder,
  type ArchivedFolder,
  type ArchiveForm,
  type ArchivePart,
} from './archive-form.js';

const LOCAL_HEADER = 0x0403_4b50;
const DESCRIPTOR = 0x0807_4b50;
const DIRECTORY_HEADER = 0x0201_4b50;
const END64 = 0x0606_4b50;
const END64_LOCATOR = 0x0706_4b50;
const END = 0x0605_4b50;

const MAX_16 = 0xffff;
const MAX_32 = 0xffff_ffff;
const VERSION = 20;
const VERSION_64 = 45;
const MADE_BY_UNIX = 3 << 8;
/** The name is UTF-8; and, of a file with bytes, what is known at its end stands behind it. */
const FLAG_UTF8 = 1 << 11;
const FLAG_DESCRIPTOR = 1 << 3;
const ZIP64_EXTRA = 0x0001;
const TIME_EXTRA = 0x5455;
const DOS_FOLDER = 0x10;

const MODE_FILE = 0o100_644;
const MODE_EXECUTABLE = 0o100_755;
const MODE_FOLDER = 0o040_755;

export const zipForm: ArchiveForm = {
  name: 'zip',
  contentType: 'application/zip',
  hasChecksums: true,
  parts: zipParts,
};

/** What the directory at the end needs of the entries, in the order of the archive. */
interface Written {
  readonly checksums: Uint32Array;
  /** Where each of them begins. */
  readonly starts: Float64Array;
}

function* zipParts(folder: ArchivedFolder): Generator<ArchivePart, void, number> {
  const { table } = folder;
  const written = {
    checksums: new Uint32Array(table.length),
    starts: new Float64Array(table.length),
  };
  let at = 0;
  let place = 0;
  for (const index of archiveOrder(folder)) {
    const entry = table.at(index)!;
    const { size } = entry;
    written.starts[place] = at;
    const header = localHeader(entry, nameOf(folder, entry));
    yield { kind: 'bytes', bytes: header };
    at += header.length;
    if (size > 0) {
      const checksum = yield { kind: 'file', entry: index, size };
      written.checksums[place] = checksum;
      const descriptor = descriptorOf(size, checksum);
      yield { kind: 'bytes', bytes: descriptor };
      at += size + descriptor.length;
    }
    place++;
  }
  yield* directoryParts(folder, written, at);
}

function* directoryParts(
  folder: ArchivedFolder,
  { checksums, starts }: Written,
  from: number,
): Generator<ArchivePart, void, number> {
  const { table } = folder;
  let at = from;
  let place = 0;
  for (const index of archiveOrder(folder)) {
    const entry = table.at(index)!;
    const where = { start: starts[place]!, checksum: checksums[place]! };
    const header = directoryHeader(entry, nameOf(folder, entry), where);
    yield { kind: 'bytes', bytes: header };
    at += header.length;
    place++;
  }
  yield { kind: 'bytes', bytes: endOf({ count: table.length, start: from, length: at - from }) };
}

function nameOf(folder: ArchivedFolder, entry: FolderEntry): Buffer {
  return Buffer.from(archivedPath(folder, entry));
}

function localHeader(entry: FolderEntry, name: Buffer): Buffer {
  const is64 = entry.size >= MAX_32;
  const time = timeExtra(entry);
  const extraLength = (is64 ? 20 : 0) + time.length;
  const bytes = Buffer.alloc(30 + name.length + extraLength);
  let at = bytes.writeUInt32LE(LOCAL_HEADER, 0);
  at = putCommon(bytes, at, entry);
  // The checksum and the sizes stand behind the file; that they have 64 bits there is said by the extra field.
  at = bytes.writeUInt32LE(0, at);
  at = bytes.writeUInt32LE(is64 ? MAX_32 : 0, at);
  at = bytes.writeUInt32LE(is64 ? MAX_32 : 0, at);
  at = bytes.writeUInt16LE(name.length, at);
  at = bytes.writeUInt16LE(extraLength, at);
  at += name.copy(bytes, at);
  if (is64) {
    at = bytes.writeUInt16LE(ZIP64_EXTRA, at);
    at = bytes.writeUInt16LE(16, at) + 16;
  }
  time.copy(bytes, at);
  return bytes;
}

/** What a header and its twin in the directory have in common: version, flags, method, time. */
function putCommon(bytes: Buffer, from: number, entry: FolderEntry): number {
  let at = bytes.writeUInt16LE(entry.size >= MAX_32 ? VERSION_64 : VERSION, from);
  at = bytes.writeUInt16LE(FLAG_UTF8 | (entry.size > 0 ? FLAG_DESCRIPTOR : 0), at);
  at = bytes.writeUInt16LE(0, at);
  return bytes.writeUInt32LE(dosTime(entry.mtimeMs), at);
}

function descriptorOf(size: number, checksum: number): Buffer {
  const is64 = size >= MAX_32;
  const bytes = Buffer.alloc(is64 ? 24 : 16);
  bytes.writeUInt32LE(DESCRIPTOR, 0);
  bytes.writeUInt32LE(checksum, 4);
  if (is64) {
    bytes.writeBigUInt64LE(BigInt(size), 8);
    bytes.writeBigUInt64LE(BigInt(size), 16);
  } else {
    bytes.writeUInt32LE(size, 8);
    bytes.writeUInt32LE(size, 12);
  }
  return bytes;
}

function directoryHeader(
  entry: FolderEntry,
  name: Buffer,
  { start, checksum }: { readonly start: number; readonly checksum: number },
): Buffer {
  const { size } = entry;
  const isLong = size >= MAX_32;
  const isFar = start >= MAX_32;
  const time = timeExtra(entry);
  const longBytes = (isLong ? 16 : 0) + (isFar ? 8 : 0);
  const extraLength = (longBytes > 0 ? 4 + longBytes : 0) + time.length;
  const bytes = Buffer.alloc(46 + name.length + extraLength);
  let at = bytes.writeUInt32LE(DIRECTORY_HEADER, 0);
  at = bytes.writeUInt16LE(MADE_BY_UNIX | (longBytes > 0 ? VERSION_64 : VERSION), at);
  at = putCommon(bytes, at, entry);
  if (isFar) bytes.writeUInt16LE(VERSION_64, 6);
  at = bytes.writeUInt32LE(checksum, at);
  at = bytes.writeUInt32LE(isLong ? MAX_32 : size, at);
  at = bytes.writeUInt32LE(isLong ? MAX_32 : size, at);
  at = bytes.writeUInt16LE(name.length, at);
  at = bytes.writeUInt16LE(extraLength, at);
  // No comment, the first disk, no text.
  at += 6;
  at = bytes.writeUInt32LE(attributesOf(entry), at);
  at = bytes.writeUInt32LE(isFar ? MAX_32 : start, at);
  at += name.copy(bytes, at);
  if (longBytes > 0) {
    at = bytes.writeUInt16LE(ZIP64_EXTRA, at);
    at = bytes.writeUInt16LE(longBytes, at);
    if (isLong) {
      at = bytes.writeBigUInt64LE(BigInt(size), at);
      at = bytes.writeBigUInt64LE(BigInt(size), at);
    }
    if (isFar) at = bytes.writeBigUInt64LE(BigInt(start), at);
  }
  time.copy(bytes, at);
  return bytes;
}

function attributesOf({ kind, isExecutable }: FolderEntry): number {
  if (kind === 'empty-folder') return MODE_FOLDER * 0x1_0000 + DOS_FOLDER;
  return (isExecutable ? MODE_EXECUTABLE : MODE_FILE) * 0x1_0000;
}

function endOf(directory: {
  readonly count: number;
  readonly start: number;
  readonly length: number;
}): Buffer {
  const { count, start, length } = directory;
  const is64 = count >= MAX_16 || start >= MAX_32 || length >= MAX_32;
  const end = Buffer.alloc(22);
  end.writeUInt32LE(END, 0);
  end.writeUInt16LE(Math.min(count, MAX_16), 8);
  end.writeUInt16LE(Math.min(count, MAX_16), 10);
  end.writeUInt32LE(Math.min(length, MAX_32), 12);
  end.writeUInt32LE(Math.min(start, MAX_32), 16);
  return is64 ? Buffer.concat([end64Of(directory), end]) : end;
}

function end64Of({
  count,
  start,
  length,
}: {
  readonly count: number;
  readonly start: number;
  readonly length: number;
}): Buffer {
  const bytes = Buffer.alloc(56 + 20);
  bytes.writeUInt32LE(END64, 0);
  // What follows of this record.
  bytes.writeBigUInt64LE(44n, 4);
  bytes.writeUInt16LE(MADE_BY_UNIX | VERSION_64, 12);
  bytes.writeUInt16LE(VERSION_64, 14);
  bytes.writeBigUInt64LE(BigInt(count), 24);
  bytes.writeBigUInt64LE(BigInt(count), 32);
  bytes.writeBigUInt64LE(BigInt(length), 40);
  bytes.writeBigUInt64LE(BigInt(start), 48);
  bytes.writeUInt32LE(END64_LOCATOR, 56);
  bytes.writeBigUInt64LE(BigInt(start + length), 64);
  bytes.writeUInt32LE(1, 72);
  return bytes;
}

/** The time of modification, to the second; nothing where it is not known, or beyond what the field holds. */
function timeExtra({ kind, mtimeMs }: FolderEntry): Buffer {
  const seconds = Math.floor(mtimeMs / 1_000);
  if (kind !== 'file' || seconds > 0x7fff_ffff) return Buffer.alloc(0);
  const bytes = Buffer.alloc(9);
  bytes.writeUInt16LE(TIME_EXTRA, 0);
  bytes.writeUInt16LE(5, 2);
  bytes.writeUInt8(1, 4);
  bytes.writeInt32LE(seconds, 5);
  return bytes;
}

/** Two seconds are one of DOS, whose years are 1980 to 2107. It has no zone: this is UTC. */
function dosTime(mtimeMs: number): number {
  const time = new Date(Math.min(Math.max(mtimeMs, DOS_FIRST_MS), DOS_LAST_MS));
  const date =
    ((time.getUTCFullYear() - 1980) << 9) | ((time.getUTCMonth() + 1) << 5) | time.getUTCDate();
  const clock =
    (time.getUTCHours() << 11) | (time.getUTCMinutes() << 5) | (time.getUTCSeconds() >> 1);
  return ((date << 16) | clock) >>> 0;
}

const DOS_FIRST_MS = Date.UTC(1980, 0, 1);
const DOS_LAST_MS = Date.UTC(2107, 11, 31, 23, 59, 58);
