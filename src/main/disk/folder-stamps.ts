/**
 * Looks at the files of a shared folder, and the one stamp that stands for all of them: its size is
 * their sum, its times and numbers are digests of theirs. So whatever compares stamps compares
 * folders too: a digest of times differs when a time does, and so on. What is in the folder and not
 * in its table does not count.
 */
import { createHash } from 'node:crypto';
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { toStorageError } from '../../net/errors.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import { MAX_ENTRY_TIME_MS, type FolderEntry, type FolderTable } from '../../net/folder-table.js';
import {
  isAsStamped,
  newFolderStamps,
  resizedStamps,
  setStamp,
  stampAt,
  stampColumns,
  type FolderStamps,
} from '../../net/folder-stamps.js';
import type { FileStamp } from './file-stamp.js';
import { lookAtEach } from './look-at-each.js';

/** A look at the files of a folder. */
export interface FolderLook {
  /** Stands for all of them. */
  readonly stamp: FileStamp;
  /** Of each of them, for the threads that read them. */
  readonly stamps: FolderStamps;
  /** The first file that is not there, or not as long as its entry says. */
  readonly firstOther?: string;
  /** The first file that was written to at another time than its entry says. */
  readonly firstRetimed?: string;
}

/** Bytes of a file that is not there, so that the sum is another one than if it were empty. */
const NO_FILE_BYTES = -1;

/** What a stamp is made of, of what `lstat` tells. */
export type StampedStats = Pick<BigIntStats, 'size' | 'mtimeNs' | 'ctimeNs' | 'ino' | 'dev'>;

/** Gathers what is known of the files of a folder, by their places in its table. */
export class FolderStamping {
  #stamps: FolderStamps;
  #devices: BigInt64Array;
  #size = 0;

  constructor(entryCount: number) {
    this.#stamps = newFolderStamps(entryCount);
    this.#devices = new BigInt64Array(entryCount);
  }

  /** Of so many entries as it was made for, or resized to last. */
  get stamps(): FolderStamps {
    return this.#stamps;
  }

  /** Makes it for so many entries, of which the first are as they were. */
  resize(entryCount: number): void {
    this.#stamps = resizedStamps(this.#stamps, entryCount);
    const devices = this.#devices.subarray(0, entryCount);
    this.#devices = new BigInt64Array(entryCount);
    this.#devices.set(devices);
  }

  /** Notes what `lstat(path, { bigint: true })` says of an entry; undefined when it is no file. */
  put(entry: number, stats: StampedStats | undefined): void {
    this.#size += stats ? Number(stats.size) : NO_FILE_BYTES;
    if (!stats) return;
    setStamp(this.#stamps, entry, stats);
    // They keep 64 bits of it.
    this.#devices[entry] = stats.dev;
  }

  /** Stands for all of them. */
  stamp(): FileStamp {
    const count = this.#devices.length;
    const [mtimeNs, ctimeNs, inode] = stampColumns(this.#stamps, count).map(digestOf);
    return {
      size: this.#size,
      mtimeNs: mtimeNs!,
      inode: inode!,
      ctimeNs: ctimeNs!,
      device: digestOf([this.#devices]),
    };
  }
}

/** Stands for all files of a folder that were made a moment ago, on one device. */
export function stampOfMade(table: FolderTable, stamps: FolderStamps, dev: bigint): FileStamp {
  const stamping = new FolderStamping(table.length);
  for (const [index, { kind, size }] of table.entries()) {
    if (kind !== 'file') continue;
    stamping.put(index, { ...stampAt(stamps, index), size: BigInt(size), dev });
  }
  return stamping.stamp();
}

/** 63 bits, so that it is a number of any kind. */
function digestOf(column: Iterable<BigInt64Array>): bigint {
  const hash = createHash('sha256');
  for (const { buffer, byteOffset, byteLength } of column)
    hash.update(new Uint8Array(buffer, byteOffset, byteLength));
  return hash.digest().readBigUInt64BE() >> 1n;
}

/**
 * Looks at every file of a folder, or at the chosen ones, some at a time, without reading one.
 * @throws StorageError when the folder itself is not there, or the disk does not let us look
 */
export async function lookAtFolder(
  root: string,
  table: FolderTable,
  choice?: FolderChoice,
): Promise<FolderLook> {
  await requireFolder(root);
  const stamping = new FolderStamping(table.length);
  let firstOther = table.length;
  let firstRetimed = table.length;
  await lookAtEach(filesIn(root, table, choice), (index, there) => {
    const entry = table.at(index)!;
    const stats = there?.isFile() ? there : undefined;
    stamping.put(index, stats);
    if (stats?.size !== BigInt(entry.size)) firstOther = Math.min(firstOther, index);
    if (stats && entryTimeOf(stats) !== entry.mtimeMs) firstRetimed = Math.min(firstRetimed, index);
  });
  return {
    stamp: stamping.stamp(),
    stamps: stamping.stamps,
    ...named('firstOther', table.at(firstOther)),
    ...named('firstRetimed', table.at(firstRetimed)),
  };
}

/** What of a folder is still as it was stamped. */
export interface UnchangedFiles {
  /** The files that are, by their places in the table. */
  readonly choice: FolderChoice;
  /** A look at them alone. */
  readonly look: Pick<FolderLook, 'stamp' | 'stamps'>;
}

/**
 * Looks which of some files of a folder are as they were stamped, without reading one.
 * @throws StorageError when the folder itself is not there, or the disk does not let us look
 */
export async function unchangedFiles(
  root: string,
  table: FolderTable,
  { choice, stamps }: { readonly choice?: FolderChoice | undefined; readonly stamps: FolderStamps },
): Promise<UnchangedFiles> {
  await requireFolder(root);
  const stamping = new FolderStamping(table.length);
  const found = new Bitfield(table.length);
  await lookAtEach(filesIn(root, table, choice), (index, there) => {
    if (!there?.isFile() || !isAsStamped(stamps, index, there)) return;
    if (there.size !== BigInt(table.at(index)!.size)) return;
    stamping.put(index, there);
    found.add(index);
  });
  return { choice: found, look: { stamp: stamping.stamp(), stamps: stamping.stamps } };
}

/** Each that is chosen, by its place in the table. */
function* filesIn(
  root: string,
  table: FolderTable,
  choice: FolderChoice | undefined,
): Generator<readonly [number, string]> {
  for (const [index, { kind, path }] of table.entries()) {
    const isChosen = choice?.has(index) ?? true;
    if (kind === 'file' && isChosen) yield [index, join(root, path)];
  }
}

function named<Key extends string>(key: Key, entry: FolderEntry | undefined) {
  return (entry ? { [key]: entry.path } : {}) as Readonly<Partial<Record<Key, string>>>;
}

/** The time of a file as its entry has it. */
export function entryTimeOf({ mtimeMs }: Pick<BigIntStats, 'mtimeMs'>): number {
  return Math.min(Math.max(Number(mtimeMs), 0), MAX_ENTRY_TIME_MS);
}

async function requireFolder(root: string): Promise<void> {
  try {
    // With a slash at its end a file has no such path.
    await lstat(join(root, '/'));
  } catch (cause) {
    throw toStorageError(cause, `cannot serve ${root}`, 'read');
  }
}
