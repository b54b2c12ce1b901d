/**
 * The stamps of the files of a shared folder, and the one stamp that stands for all of them: its size
 * is their sum, its times and numbers are digests of theirs. So whatever compares stamps compares
 * folders too: a digest of times differs when a time does, and so on. What is in the folder and not
 * in its table does not count.
 */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { atATime } from '../../net/at-a-time.js';
import { toStorageError } from '../../net/errors.js';
import type { FolderTable } from '../../net/folder-table.js';
import { FOLDER_LOOKS_AT_A_TIME } from '../../net/limits.js';
import type { FileStamp } from './file-stamp.js';

/** What is known of each entry of a table, in its order; threads are handed it as it is. */
export interface FolderStamps {
  readonly mtimesNs: BigInt64Array;
  readonly ctimesNs: BigInt64Array;
  readonly inodes: BigUint64Array;
  readonly devices: BigUint64Array;
}

/** A look at the files of a folder. */
export interface FolderLook {
  /** Stands for all of them. */
  readonly stamp: FileStamp;
  readonly stamps: FolderStamps;
  /** The first file that is not there, or not as long as its entry says. */
  readonly firstOther: string | undefined;
}

/** Bytes of a file that is not there: no folder of other files has that sum by chance. */
const NO_FILE_BYTES = -1;

/** Stamps of nothing yet, for so many entries. */
export function folderStamps(entries: number): FolderStamps {
  const bytes = (): SharedArrayBuffer => new SharedArrayBuffer(8 * entries);
  return {
    mtimesNs: new BigInt64Array(bytes()),
    ctimesNs: new BigInt64Array(bytes()),
    inodes: new BigUint64Array(bytes()),
    devices: new BigUint64Array(bytes()),
  };
}

/** Notes what `lstat(path, { bigint: true })` says of an entry. */
export function putStamp(stamps: FolderStamps, entry: number, stats: BigIntStats): void {
  stamps.mtimesNs[entry] = stats.mtimeNs;
  stamps.ctimesNs[entry] = stats.ctimeNs;
  stamps.inodes[entry] = stats.ino;
  stamps.devices[entry] = stats.dev;
}

/** The stamp that stands for all of them; `size` is the sum of the files. */
export function stampOfFolder(size: number, stamps: FolderStamps): FileStamp {
  return {
    size,
    mtimeNs: digestOf(stamps.mtimesNs),
    inode: digestOf(stamps.inodes),
    ctimeNs: digestOf(stamps.ctimesNs),
    device: digestOf(stamps.devices),
  };
}

/**
 * Looks at every file of a folder, some at a time, without reading one.
 * @throws StorageError when the folder itself is not there, or the disk does not let us look
 */
export async function lookAtFolder(root: string, table: FolderTable): Promise<FolderLook> {
  await requireFolder(root);
  const stamps = folderStamps(table.length);
  let size = 0;
  let firstOther = table.length;
  await atATime(FOLDER_LOOKS_AT_A_TIME, table.entries(), async ([index, entry]) => {
    if (entry.kind !== 'file') return;
    const stats = await statsAt(join(root, entry.path));
    if (stats) putStamp(stamps, index, stats);
    const found = stats ? Number(stats.size) : NO_FILE_BYTES;
    size += found;
    if (found !== entry.size) firstOther = Math.min(firstOther, index);
  });
  return { stamp: stampOfFolder(size, stamps), stamps, firstOther: table[firstOther]?.path };
}

async function requireFolder(root: string): Promise<void> {
  try {
    // With a slash at its end a file has no such path.
    await lstat(join(root, '/'));
  } catch (cause) {
    throw toStorageError(cause, `cannot serve ${root}`, 'read');
  }
}

/** Undefined when no file has that path, be it that something else has. */
async function statsAt(path: string): Promise<BigIntStats | undefined> {
  try {
    const stats = await lstat(path, { bigint: true });
    return stats.isFile() ? stats : undefined;
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return undefined;
    throw toStorageError(cause, `cannot look at ${path}`, 'read');
  }
}

/** 63 bits, so that it is a number of any kind. */
function digestOf(numbers: BigInt64Array | BigUint64Array): bigint {
  const bytes = new Uint8Array(numbers.buffer, numbers.byteOffset, numbers.byteLength);
  return createHash('sha256').update(bytes).digest().readBigUInt64BE() >> 1n;
}
