/**
 * The table of a folder in columns of numbers and one piece of memory for all paths: a tenth of what
 * objects and strings take, and nothing of it for the collector of garbage to walk through. Threads
 * share the paths.
 */
import type { FolderEntry, FolderPaths, FolderTable } from './folder-entry.js';
import { pathAt } from './folder-paths.js';
import { FLAG_EMPTY_FOLDER, FLAG_EXECUTABLE } from './folder-table-bytes.js';

/** Entries that there is room for at first, where nobody knows how many come. */
const FIRST_ROOM = 64;

/** An entry that reads what it is asked for; good as long as its table is. */
class ColumnEntry implements FolderEntry {
  readonly #table: FolderColumns;
  readonly #index: number;

  constructor(table: FolderColumns, index: number) {
    this.#table = table;
    this.#index = index;
  }

  get path(): string {
    return pathAt(this.#table.paths, this.#index);
  }

  get kind(): FolderEntry['kind'] {
    return this.#table.flags[this.#index] === FLAG_EMPTY_FOLDER ? 'empty-folder' : 'file';
  }

  get size(): number {
    return this.#table.sizes[this.#index]!;
  }

  get isExecutable(): boolean {
    return this.#table.flags[this.#index] === FLAG_EXECUTABLE;
  }

  get mtimeMs(): number {
    return this.#table.times[this.#index]!;
  }
}

export class FolderColumns implements FolderTable {
  readonly paths: FolderPaths;
  readonly sizes: Float64Array;
  readonly times: Float64Array;
  /** As they are in the bytes of a table. */
  readonly flags: Uint8Array;

  constructor(columns: Pick<FolderColumns, 'paths' | 'sizes' | 'times' | 'flags'>) {
    this.paths = columns.paths;
    this.sizes = columns.sizes;
    this.times = columns.times;
    this.flags = columns.flags;
  }

  get length(): number {
    return this.sizes.length;
  }

  at(index: number): FolderEntry | undefined {
    return index >= 0 && index < this.length ? new ColumnEntry(this, index) : undefined;
  }

  *[Symbol.iterator](): Generator<FolderEntry> {
    for (let index = 0; index < this.length; index++) yield new ColumnEntry(this, index);
  }

  *entries(): Generator<[number, FolderEntry]> {
    for (let index = 0; index < this.length; index++) yield [index, new ColumnEntry(this, index)];
  }

  map<T>(make: (entry: FolderEntry, index: number) => T): T[] {
    return Array.from(this, make);
  }

  filter(isMeant: (entry: FolderEntry, index: number) => boolean): FolderEntry[] {
    const meant: FolderEntry[] = [];
    for (const [index, entry] of this.entries()) if (isMeant(entry, index)) meant.push(entry);
    return meant;
  }

  find(isMeant: (entry: FolderEntry, index: number) => boolean): FolderEntry | undefined {
    return this.at(this.findIndex(isMeant));
  }

  findIndex(isMeant: (entry: FolderEntry, index: number) => boolean): number {
    for (const [index, entry] of this.entries()) if (isMeant(entry, index)) return index;
    return -1;
  }

  every(isMeant: (entry: FolderEntry, index: number) => boolean): boolean {
    return this.findIndex((entry, index) => !isMeant(entry, index)) < 0;
  }

  reduce<T>(join: (before: T, entry: FolderEntry, index: number) => T, first: T): T {
    let joined = first;
    for (const [index, entry] of this.entries()) joined = join(joined, entry, index);
    return joined;
  }
}

/** What an entry has beside its path. */
export interface EntryNumbers {
  readonly flags: number;
  readonly size: number;
  readonly mtimeMs: number;
}

/** Puts entries into columns, one after the other; what has no room makes them twice as long. */
export class ColumnsInMaking {
  #ends: Uint32Array;
  #sizes: Float64Array;
  #times: Float64Array;
  #flags: Uint8Array;
  #bytes: Buffer;
  #end = 0;
  #count = 0;

  /** Likely so many entries, and so many bytes of all paths together. */
  constructor(entryCount: number, pathBytes: number) {
    this.#ends = newEnds(entryCount);
    this.#sizes = new Float64Array(entryCount);
    this.#times = new Float64Array(entryCount);
    this.#flags = new Uint8Array(entryCount);
    this.#bytes = Buffer.allocUnsafeSlow(Math.max(pathBytes, 1));
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes of all paths so far. */
  get pathsBytes(): number {
    return this.#end;
  }

  /** Adds an entry whose path are the first bytes of a buffer. */
  add(path: Buffer, pathLength: number, numbers: EntryNumbers): void {
    this.#makeRoom(pathLength);
    path.copy(this.#bytes, this.#end, 0, pathLength);
    this.#put(pathLength, numbers);
  }

  addEntry(entry: FolderEntry): void {
    const pathLength = Buffer.byteLength(entry.path);
    this.#makeRoom(pathLength);
    this.#bytes.write(entry.path, this.#end);
    this.#put(pathLength, { flags: flagsOf(entry), size: entry.size, mtimeMs: entry.mtimeMs });
  }

  finish(): FolderColumns {
    if (this.#count < this.#ends.length) this.#resize(this.#count);
    const bytes = new Uint8Array(new SharedArrayBuffer(this.#end));
    bytes.set(this.#bytes.subarray(0, this.#end));
    const paths = { bytes, ends: this.#ends };
    return new FolderColumns({
      paths,
      sizes: this.#sizes,
      times: this.#times,
      flags: this.#flags,
    });
  }

  #put(pathLength: number, { flags, size, mtimeMs }: EntryNumbers): void {
    this.#end += pathLength;
    this.#ends[this.#count] = this.#end;
    this.#sizes[this.#count] = size;
    this.#times[this.#count] = mtimeMs;
    this.#flags[this.#count] = flags;
    this.#count++;
  }

  #makeRoom(pathLength: number): void {
    if (this.#count === this.#ends.length) this.#resize(Math.max(2 * this.#count, FIRST_ROOM));
    const end = this.#end + pathLength;
    if (end <= this.#bytes.length) return;
    const longer = Buffer.allocUnsafeSlow(Math.max(2 * this.#bytes.length, end));
    this.#bytes.copy(longer, 0, 0, this.#end);
    this.#bytes = longer;
  }

  /** To room for so many entries. */
  #resize(entryCount: number): void {
    const kept = Math.min(entryCount, this.#count);
    this.#ends = withFirst(newEnds(entryCount), this.#ends, kept);
    this.#sizes = withFirst(new Float64Array(entryCount), this.#sizes, kept);
    this.#times = withFirst(new Float64Array(entryCount), this.#times, kept);
    this.#flags = withFirst(new Uint8Array(entryCount), this.#flags, kept);
  }
}

function newEnds(entryCount: number): Uint32Array {
  return new Uint32Array(new SharedArrayBuffer(Uint32Array.BYTES_PER_ELEMENT * entryCount));
}

/** Another column, with the first numbers of one. */
function withFirst<Column extends Uint8Array | Uint32Array | Float64Array>(
  into: Column,
  from: Column,
  count: number,
): Column {
  into.set(from.subarray(0, count));
  return into;
}

/** The flags of an entry, as they are in the bytes of a table. */
export function flagsOf({ kind, isExecutable }: FolderEntry): number {
  if (kind === 'empty-folder') return FLAG_EMPTY_FOLDER;
  return isExecutable ? FLAG_EXECUTABLE : 0;
}

/** The columns of entries that are sorted. */
export function columnsOf(entries: readonly FolderEntry[]): FolderColumns {
  const columns = new ColumnsInMaking(entries.length, 0);
  for (const entry of entries) columns.addEntry(entry);
  return columns.finish();
}
