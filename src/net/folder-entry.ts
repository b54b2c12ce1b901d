/** What a shared folder holds, as whoever reads it sees it; how it is kept is another matter. */

/** A file or an empty folder in a folder. */
export interface FolderEntry {
  /** Relative, its components joined by `/`. */
  readonly path: string;
  readonly kind: 'file' | 'empty-folder';
  /** Bytes; 0 of an empty folder. */
  readonly size: number;
  readonly isExecutable: boolean;
  /** Milliseconds since 1970, whole ones; 0 of an empty folder. */
  readonly mtimeMs: number;
}

/** The paths of a folder's entries, by place in its table. */
export interface FolderPaths {
  /** All paths as UTF-8, one behind the other. */
  readonly bytes: Uint8Array;
  /** Where each of them ends. */
  readonly ends: Uint32Array;
}

/**
 * All of a folder, sorted by the UTF-8 bytes of the components; see `comparePaths`. An array is one; what
 * is decoded is kept in columns, and an entry of it is made when it is asked for.
 */
export interface FolderTable extends Iterable<FolderEntry> {
  readonly length: number;
  /** The columns of one that is kept so. */
  readonly paths?: FolderPaths;
  readonly sizes?: Float64Array;
  at(index: number): FolderEntry | undefined;
  entries(): Iterable<[number, FolderEntry]>;
  map<T>(make: (entry: FolderEntry, index: number) => T): T[];
  filter(isMeant: (entry: FolderEntry, index: number) => boolean): FolderEntry[];
  find(isMeant: (entry: FolderEntry, index: number) => boolean): FolderEntry | undefined;
  findIndex(isMeant: (entry: FolderEntry, index: number) => boolean): number;
  every(isMeant: (entry: FolderEntry, index: number) => boolean): boolean;
  reduce<T>(join: (before: T, entry: FolderEntry, index: number) => T, first: T): T;
}

/** Bytes of each entry. */
export function sizesOf(table: FolderTable): Float64Array {
  return table.sizes ?? Float64Array.from(table, ({ size }) => size);
}
