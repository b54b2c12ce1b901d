/**
 * What a walk through a folder has found so far: the entries of its table in columns and their stamps, both in
 * the order of a table, so that nothing of a large folder is kept as objects. Owns that no table can hold more.
 */
import { UsageError } from '../../net/errors.js';
import { ColumnsInMaking } from '../../net/folder-columns.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import type { FolderTable } from '../../net/folder-table.js';
import { MAX_FOLDER_ENTRIES, MAX_FOLDER_PATHS_BYTES } from '../../net/limits.js';
import type { FileStamp } from '../disk/file-stamp.js';
import { entryTimeOf, FolderStamping } from '../disk/folder-stamps.js';
import type { SeenFile } from '../disk/seen-stats.js';

/** Entries that there is room for at first; what has none makes it twice as much. */
const FIRST_ROOM = 64;

export class FolderInMaking {
  readonly #root: string;
  readonly #columns = new ColumnsInMaking(FIRST_ROOM, 0);
  readonly #stamping = new FolderStamping(FIRST_ROOM);
  #room = FIRST_ROOM;

  /** `root` is how people know the folder. */
  constructor(root: string) {
    this.#root = root;
  }

  get count(): number {
    return this.#columns.count;
  }

  /** @throws UsageError when a table cannot hold so many entries more */
  requireRoomFor(entryCount: number): void {
    if (this.count + entryCount <= MAX_FOLDER_ENTRIES) return;
    throw new UsageError(
      `${this.#root} holds more than ${MAX_FOLDER_ENTRIES} files; share its folders one by one`,
    );
  }

  /** @throws UsageError */
  addFile(path: string, stats: SeenFile): void {
    this.#makeRoom();
    this.#stamping.put(this.count, stats);
    this.#columns.addEntry({
      path,
      kind: 'file',
      size: Number(stats.size),
      isExecutable: (stats.mode & 0o100n) !== 0n,
      mtimeMs: entryTimeOf(stats),
    });
    this.#requireShortPaths();
  }

  /** @throws UsageError */
  addEmptyFolder(path: string): void {
    this.#makeRoom();
    this.#columns.addEntry({
      path,
      kind: 'empty-folder',
      size: 0,
      isExecutable: false,
      mtimeMs: 0,
    });
    this.#requireShortPaths();
  }

  /** Nothing is added afterwards. */
  finish(): {
    readonly table: FolderTable;
    readonly stamp: FileStamp;
    readonly stamps: FolderStamps;
  } {
    this.#stamping.resize(this.count);
    const { stamps } = this.#stamping;
    return { table: this.#columns.finish(), stamp: this.#stamping.stamp(), stamps };
  }

  #makeRoom(): void {
    this.requireRoomFor(1);
    if (this.count < this.#room) return;
    this.#room *= 2;
    this.#stamping.resize(this.#room);
  }

  #requireShortPaths(): void {
    if (this.#columns.pathsBytes <= MAX_FOLDER_PATHS_BYTES) return;
    throw new UsageError(
      `the paths in ${this.#root} are longer than p2p can share; share its folders one by one`,
    );
  }
}
