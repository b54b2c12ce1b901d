/**
 * What grows in a part folder: the pack, and each file of at least one piece. Owns what is known of
 * them, and which of their names are on the disk. Threads make and fill them; a sync finds them here.
 */
import type { BigIntStats } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { atATime } from '../../net/at-a-time.js';
import { toStorageError } from '../../net/errors.js';
import { extentsOf, type FolderLayout } from '../../net/folder-layout.js';
import type { FolderTable } from '../../net/folder-table.js';
import { FOLDER_LOOKS_AT_A_TIME, MAX_SYNCS_AT_A_TIME } from '../../net/limits.js';
import { pieceOffset } from '../../net/piece-layout.js';
import type { AcquiredFolder } from './acquired-folder.js';
import type { DiskSync } from './disk-sync.js';
import type { FileStamp } from './file-stamp.js';
import { openToRead } from './open-files.js';
import { treeIn } from './part-folder-paths.js';

const BYTES_PER_BLOCK = 512;

export class GrowingTree {
  readonly #folder: AcquiredFolder;
  readonly #table: FolderTable;
  readonly #layout: FolderLayout;
  #packStats: BigIntStats;
  /** Of the large files, by place in the table; what a sync finds is noted here. */
  readonly #stats: Map<number, BigIntStats>;
  /** The names of folder and pack are on the disk. */
  #isNamed = false;
  /** Large files whose names are on the disk. */
  readonly #named = new Set<number>();

  private constructor(
    folder: AcquiredFolder,
    table: FolderTable,
    layout: FolderLayout,
    packStats: BigIntStats,
    stats: Map<number, BigIntStats>,
  ) {
    this.#folder = folder;
    this.#table = table;
    this.#layout = layout;
    this.#packStats = packStats;
    this.#stats = stats;
  }

  /** Looks at what is there of it, and gives the pack its length. @throws what the disk says */
  static async open(
    folder: AcquiredFolder,
    table: FolderTable,
    layout: FolderLayout,
  ): Promise<GrowingTree> {
    const { handle } = folder.pack;
    if (Number((await handle.stat()).size) !== layout.packBytes) {
      await handle.truncate(layout.packBytes);
    }
    const packStats = await handle.stat({ bigint: true });
    const stats = await statsOf(treeIn(folder.partPath), table, layout);
    return new GrowingTree(folder, table, layout, packStats, stats);
  }

  /** Where the large files grow, each under its path; good while the folder is held. */
  get path(): string {
    return treeIn(this.#folder.folder.path);
  }

  /** The same as people know it. */
  get name(): string {
    return treeIn(this.#folder.partPath);
  }

  /** Bytes that it takes on the disk. */
  get allocatedBytes(): number {
    const blocks = [this.#packStats, ...this.#stats.values()].reduce(
      (sum, one) => sum + one.blocks,
      0n,
    );
    return Number(blocks) * BYTES_PER_BLOCK;
  }

  /** The file in which a piece grows is there. */
  holds(piece: number): boolean {
    const entry = this.#entryOf(piece);
    return entry === undefined || this.#stats.has(entry);
  }

  /** The file in which a piece grows, by a number of its own; the pack is one. */
  fileOf(piece: number): number {
    return this.#entryOf(piece) ?? -1;
  }

  /** Stands for all that grows: nobody can set the latest of their times of change. */
  get stamp(): FileStamp {
    const all = [this.#packStats, ...this.#stats.values()];
    const latest = (times: bigint[]): bigint => times.reduce((a, b) => (a > b ? a : b));
    return {
      size: this.#layout.pieces.size,
      mtimeNs: latest(all.map(({ mtimeNs }) => mtimeNs)),
      ctimeNs: latest(all.map(({ ctimeNs }) => ctimeNs)),
      inode: this.#folder.inode,
    };
  }

  /** Resolves when the bytes of these pieces are on the disk. @throws StorageError */
  async sync(sync: DiskSync, pieces: readonly number[]): Promise<void> {
    const touched = new Set(pieces.map((piece) => this.#entryOf(piece)));
    if (touched.delete(undefined)) {
      const { pack } = this.#folder;
      await sync.data(pack);
      this.#packStats = await pack.handle.stat({ bigint: true });
    }
    const entries = [...touched].filter((entry) => entry !== undefined);
    await atATime(MAX_SYNCS_AT_A_TIME, entries, (entry) => this.#syncFile(sync, entry));
    const fresh = entries.filter((entry) => !this.#named.has(entry));
    if (fresh.length > 0 || !this.#isNamed) await this.#syncNames(sync, fresh);
  }

  async #syncFile(sync: DiskSync, entry: number): Promise<void> {
    const file = await openToRead(this.#pathOf(entry));
    try {
      await sync.data(file);
      this.#stats.set(entry, await file.handle.stat({ bigint: true }));
    } catch (cause) {
      throw toStorageError(cause, 'cannot look at what was downloaded');
    } finally {
      await file.release();
    }
  }

  /** What is kept in a file without a name is not kept. */
  async #syncNames(sync: DiskSync, entries: readonly number[]): Promise<void> {
    const { partPath } = this.#folder;
    const folders = new Set<string>([partPath]);
    for (const entry of entries) {
      for (let at = dirname(this.#pathOf(entry)); at.length > partPath.length; at = dirname(at)) {
        folders.add(at);
      }
    }
    await atATime(MAX_SYNCS_AT_A_TIME, folders, (folder) => sync.folder(folder));
    this.#isNamed = true;
    for (const entry of entries) this.#named.add(entry);
  }

  #pathOf(entry: number): string {
    return join(this.name, this.#table.at(entry)!.path);
  }

  /** The large file in which a piece grows; undefined for the pack. */
  #entryOf(piece: number): number | undefined {
    if (piece < this.#layout.packPieces) return undefined;
    return extentsOf(this.#layout, pieceOffset(this.#layout.pieces, piece), 1)[0]?.entry;
  }
}

/** Of the large files that are there, and as long as they will be. */
async function statsOf(
  tree: string,
  table: FolderTable,
  { entries, sizes, pieces }: FolderLayout,
): Promise<Map<number, BigIntStats>> {
  const found = new Map<number, BigIntStats>();
  const large = [...entries].filter((_, place) => sizes[place]! >= pieces.pieceLength);
  await atATime(FOLDER_LOOKS_AT_A_TIME, large, async (entry) => {
    const stats = await lstat(join(tree, table.at(entry)!.path), { bigint: true }).catch(
      () => undefined,
    );
    if (stats?.isFile() && Number(stats.size) === table.at(entry)!.size) found.set(entry, stats);
  });
  return found;
}
