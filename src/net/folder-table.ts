/**
 * What a shared folder holds: its files and its empty folders, each with its path. The table is
 * part of the folder's description, so its bytes are canonical: entries in the order of their paths,
 * each path written as what it does not share with the one before. Byte layout: docs/protocol.md,
 * "Folders". What decodes here is safe to make on any disk: no path leads out of the folder, none is
 * a file and a folder, and no two are the same to a file system that ignores case or composition.
 */
import { isUtf8 } from 'node:buffer';
import { TrackerError, UsageError } from './errors.js';
import { ColumnsInMaking } from './folder-columns.js';
import type { FolderTable } from './folder-entry.js';
import {
  COUNT_BYTES,
  FLAG_EMPTY_FOLDER,
  MIN_ENTRY_BYTES,
  NUMBER_BYTES,
} from './folder-table-bytes.js';
import {
  FOLDER_TABLE_TURN_BYTES,
  MAX_ENTRY_PATH_BYTES,
  MAX_FOLDER_ENTRIES,
  MAX_FOLDER_LEVELS,
  MAX_FOLDER_PATHS_BYTES,
} from './limits.js';
import { checkName } from './names.js';
import { atOnce } from './in-turns.js';
import { plainDigest, TwinKeys } from './twin-keys.js';
import { beforeTable } from './young-heap.js';

export type { FolderEntry, FolderTable } from './folder-entry.js';

/** The latest time that an entry can hold; the earliest is 0. */
export const MAX_ENTRY_TIME_MS = 2 ** (8 * NUMBER_BYTES) - 1;
const SLASH = 0x2f;
/** What `checkName` looks for, in one go. */
const SUSPECT = /[\p{Cc}\p{Zl}\p{Zp}/\\]|(?![\u200c\u200d])\p{Cf}/u;

/**
 * Decodes and checks the canonical bytes of a table.
 * @throws TrackerError BAD_REQUEST when anything about them is not canonical, or not safe to make
 */
export function decodeFolderTable(bytes: Uint8Array): FolderTable {
  return atOnce(decodingFolderTable(bytes));
}

/**
 * The same, a part at a time: it stops after so many bytes, for who has other things to do between.
 * @throws TrackerError BAD_REQUEST, from any part
 */
export function* decodingFolderTable(bytes: Uint8Array): Generator<void, FolderTable> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const count = view.length < COUNT_BYTES ? 0 : view.readUInt32BE(0);
  if (count === 0) refuse('it holds nothing');
  if (count > MAX_FOLDER_ENTRIES) refuse(`it holds more than ${MAX_FOLDER_ENTRIES} entries`);
  if (count * MIN_ENTRY_BYTES > view.length - COUNT_BYTES) refuse('it is cut off');
  beforeTable({ bytes: view.length });
  const reader = new TableReader(view, count);
  let turnEnds = FOLDER_TABLE_TURN_BYTES;
  while (reader.count < count) {
    reader.next();
    if (reader.bytesRead < turnEnds) continue;
    turnEnds = reader.bytesRead + FOLDER_TABLE_TURN_BYTES;
    yield;
  }
  if (!reader.isAtEnd) refuse('something follows it');
  return reader.table();
}

/** A component of the path before, and what is known of the folder that it is in. */
interface Level {
  /** Where its bytes lie in the table. */
  readonly from: number;
  readonly to: number;
  /** Bytes of the path of the folder, with a slash at its end unless it is the root. */
  readonly folderBytes: number;
  /** Digests of the names in the folder; see `TwinKeys`. */
  readonly twins: Set<number>;
}

/** Reads one entry after the other; of the one before it knows the components. Makes no string of a plain name. */
class TableReader {
  readonly #view: Buffer;
  readonly #columns: ColumnsInMaking;
  #at = COUNT_BYTES;
  readonly #levels: Level[] = [];
  /** Of the entry that was read last, and room for the slash behind it. */
  readonly #path = Buffer.allocUnsafe(MAX_ENTRY_PATH_BYTES + 1);
  readonly #keys = new TwinKeys();
  #pathsBytes = 0;

  constructor(view: Buffer, count: number) {
    this.#view = view;
    this.#columns = new ColumnsInMaking(count, Math.min(view.length, MAX_FOLDER_PATHS_BYTES));
  }

  get isAtEnd(): boolean {
    return this.#at === this.#view.length;
  }

  get count(): number {
    return this.#columns.count;
  }

  /** Of the table, and of the paths that it stands for, which may be much longer. */
  get bytesRead(): number {
    return this.#at + this.#pathsBytes;
  }

  table(): FolderTable {
    return this.#columns.finish();
  }

  next(): void {
    const flags = this.#byte();
    const shared = this.#byte();
    const own = this.#byte();
    if (flags > FLAG_EMPTY_FOLDER) refuse('an entry has flags that are not known');
    // At least one component differs, or an entry would lie in one that is no folder.
    const isFirst = this.#levels.length === 0;
    if (own === 0 || (isFirst ? shared > 0 : shared >= this.#levels.length)) {
      refuse('an entry has no path of its own');
    }
    if (shared + own > MAX_FOLDER_LEVELS) refuse(`it is deeper than ${MAX_FOLDER_LEVELS} levels`);
    this.#differing(shared);
    for (let level = shared + 1; level < shared + own; level++) this.#inside();
    const pathLength = this.#countPath();
    const isFile = flags !== FLAG_EMPTY_FOLDER;
    const size = isFile ? this.#number() : 0;
    const mtimeMs = isFile ? this.#number() : 0;
    this.#columns.add(this.#path, pathLength, { flags, size, mtimeMs });
  }

  /** A few bytes of a table can stand for a path of thousands. */
  #countPath(): number {
    const length = pathEndOf(this.#levels.at(-1)!);
    this.#pathsBytes += length;
    if (this.#pathsBytes <= MAX_FOLDER_PATHS_BYTES) return length;
    refuse(`its paths are longer than ${MAX_FOLDER_PATHS_BYTES} bytes together`);
  }

  /** The first component that the path before has not, in a folder that it shares. */
  #differing(shared: number): void {
    const before = this.#levels[shared];
    const [from, to] = this.#name();
    if (before && this.#view.compare(this.#view, before.from, before.to, from, to) <= 0) {
      refuse('its entries are not in order');
    }
    this.#levels.length = shared;
    const { folderBytes = 0, twins = new Set<number>() } = before ?? {};
    this.#enter({ from, to, folderBytes, twins });
  }

  /** A component inside a folder that is new. */
  #inside(): void {
    const end = pathEndOf(this.#levels.at(-1)!);
    const [from, to] = this.#name();
    this.#path[end] = SLASH;
    this.#enter({ from, to, folderBytes: end + 1, twins: new Set() });
  }

  #enter(level: Level): void {
    const { from, to, folderBytes, twins } = level;
    if (pathEndOf(level) > MAX_ENTRY_PATH_BYTES) {
      refuse(`a path is longer than ${MAX_ENTRY_PATH_BYTES} bytes`);
    }
    const key = plainDigest(this.#view, from, to) ?? this.#keys.digestOf(this.#nameOf(from, to));
    const count = twins.size;
    if (twins.add(key).size === count) {
      refuse('two names differ only in case or form');
    }
    if (this.#keys.isSpent) refuse('its names take too long to compare');
    this.#view.copy(this.#path, folderBytes, from, to);
    this.#levels.push(level);
  }

  /** Where the next name lies. */
  #name(): readonly [from: number, to: number] {
    const length = this.#byte();
    const from = this.#at;
    this.#move(length);
    return [from, this.#at];
  }

  /** A name that is not plain. */
  #nameOf(from: number, to: number): string {
    const bytes = this.#view.subarray(from, to);
    const name = bytes.toString();
    // What is no UTF-8 becomes this.
    if (name.includes('\ufffd') && !isUtf8(bytes)) refuse('a name is not UTF-8');
    const isSound = to > from && !SUSPECT.test(name) && name.trim() === name;
    return isSound && name !== '.' && name !== '..' ? name : checked(name);
  }

  #byte(): number {
    this.#move(1);
    return this.#view[this.#at - 1]!;
  }

  #number(): number {
    this.#move(NUMBER_BYTES);
    return this.#view.readUIntBE(this.#at - NUMBER_BYTES, NUMBER_BYTES);
  }

  #move(length: number): void {
    if (length > this.#view.length - this.#at) refuse('it is cut off');
    this.#at += length;
  }
}

/** Bytes of the path that ends with a component. */
function pathEndOf({ from, to, folderBytes }: Level): number {
  return folderBytes + to - from;
}

/** It is allowed after all, or the refusal says what is wrong with it. */
function checked(name: string): string {
  try {
    return checkName('file', name);
  } catch (error) {
    if (error instanceof UsageError) refuse(error.message);
    throw error;
  }
}

function refuse(why: string): never {
  throw new TrackerError('BAD_REQUEST', `the table of this folder cannot be used: ${why}`);
}
