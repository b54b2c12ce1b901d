/**
 * The stamps of a folder's files in shared memory, by place in the table: what a file was like when
 * it was hashed, for the thread that opens it later. The size is that of the table.
 */
import type { BigIntStats } from 'node:fs';

/** Of each entry: time of modification, time of change, inode. An entry without one has zeros. */
export type FolderStamps = BigInt64Array;

const FIELDS = 3;
const FIELD_BYTES = 8;

export function newFolderStamps(entryCount: number): FolderStamps {
  return new BigInt64Array(new SharedArrayBuffer(entryCount * FIELDS * FIELD_BYTES));
}

/** The first ones, with room for so many. */
export function resizedStamps(stamps: FolderStamps, entryCount: number): FolderStamps {
  const resized = newFolderStamps(entryCount);
  resized.set(stamps.subarray(0, resized.length));
  return resized;
}

type Stats = Pick<BigIntStats, 'mtimeNs' | 'ctimeNs' | 'ino'>;

export function setStamp(stamps: FolderStamps, entry: number, stats: Stats): void {
  const at = entry * FIELDS;
  // They keep 64 bits of each.
  stamps[at] = stats.mtimeNs;
  stamps[at + 1] = stats.ctimeNs;
  stamps[at + 2] = stats.ino;
}

/** What was set; zeros where nothing was. */
export function stampAt(stamps: FolderStamps, entry: number): Stats {
  const at = entry * FIELDS;
  return { mtimeNs: stamps[at] ?? 0n, ctimeNs: stamps[at + 1] ?? 0n, ino: stamps[at + 2] ?? 0n };
}

/** True when the file is the one that was stamped, and nothing was done to it since. */
export function isAsStamped(stamps: FolderStamps, entry: number, stats: Stats): boolean {
  return fieldsOf(stats).every((field, index) => stamps[entry * FIELDS + index] === field);
}

/** True when an entry has the same stamp in both. */
export function isStampedAlike(some: FolderStamps, others: FolderStamps, entry: number): boolean {
  for (let at = entry * FIELDS; at < (entry + 1) * FIELDS; at++) {
    if (some[at] !== others[at]) return false;
  }
  return true;
}

/** As they are kept: an inode may have all its bits, and a time may lie beyond the year 2262. */
function fieldsOf({ mtimeNs, ctimeNs, ino }: Stats): bigint[] {
  return [mtimeNs, ctimeNs, ino].map((field) => BigInt.asIntN(64, field));
}

const COLUMN_PART = 4_096;

/** Times of modification, times of change and inodes of all entries, each part by part; a part is good until the next. */
export function stampColumns(stamps: FolderStamps, entryCount: number): Iterable<BigInt64Array>[] {
  return Array.from({ length: FIELDS }, (_, field) => columnOf(stamps, field, entryCount));
}

function* columnOf(
  stamps: FolderStamps,
  field: number,
  entryCount: number,
): Generator<BigInt64Array> {
  const part = new BigInt64Array(Math.min(COLUMN_PART, entryCount));
  for (let first = 0; first < entryCount; first += part.length) {
    const count = Math.min(part.length, entryCount - first);
    for (let index = 0; index < count; index++) {
      part[index] = stamps[(first + index) * FIELDS + field]!;
    }
    yield part.subarray(0, count);
  }
}
