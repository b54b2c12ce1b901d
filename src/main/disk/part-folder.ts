/**
 * The folder in which the download of a folder grows, beside its destination. Only its user can look
 * into it, and its name cannot be foreseen; so what is in it is ours. It holds `pack`, one sparse file
 * of all files that are shorter than a piece, and `tree`, in which each other file grows under its own
 * path. In the end the small files are cut out of the pack, and the tree gets the name of the folder.
 *
 *   opened → synced, again and again → placed → discarded → released
 *
 * A kill leaves it as it is: what was synced stays in it, and the next run places it.
 */
import { readdir, rm, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { StorageError, bug, toStorageError } from '../../net/errors.js';
import type { FolderLayout } from '../../net/folder-layout.js';
import { folderPathsOf } from '../../net/folder-paths.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import type { FolderTable } from '../../net/folder-table.js';
import { MAX_PATH_BYTES } from '../../net/limits.js';
import type { GrowingFolderSource } from '../../workers/messages.js';
import { acquireFolder, type AcquiredFolder, type FolderToAcquire } from './acquired-folder.js';
import { requireFreeSpace } from './destination.js';
import type { DiskSync } from './disk-sync.js';
import type { FileStamp } from './file-stamp.js';
import { lookAtFolder, stampOfMade } from './folder-stamps.js';
import { GrowingTree } from './growing-tree.js';
import type { OpenContent, OpenFile } from './open-files.js';
import type { Part } from './part.js';
import type { PlacedTree, PlacedVerdict } from './placed-tree.js';
import { requireRealFolders, statsAt } from './real-folders.js';
import { removePart } from './remove-part.js';
import { placeIntoFolder, placeTree } from './tree-placing.js';

/** A folder of which every piece is there, and whose files are to be made in its tree. */
export interface UnpackJob {
  readonly content: GrowingFolderSource;
  readonly table: FolderTable;
  /** Something lies at the destination: what is the same there is not made. */
  readonly isCompleting: boolean;
  readonly isSynced: boolean;
  readonly signal: AbortSignal;
}

/** What became of each entry. */
export interface UnpackedEntries {
  /** One of `ENTRY_OUTCOMES`. */
  readonly outcomes: Uint8Array;
  /** Of those that were made, as they were then. */
  readonly stamps: FolderStamps;
}

export interface PartFolderOptions extends Omit<FolderToAcquire, 'packBytes'> {
  readonly table: FolderTable;
  readonly layout: FolderLayout;
  readonly overwrite: boolean;
  /** What lies at the destination already, and what of it is right. */
  readonly placed: JudgedTree | undefined;
  readonly sync: DiskSync;
  /** Makes the files. */
  readonly unpack: (job: UnpackJob) => Promise<UnpackedEntries>;
}

export interface JudgedTree {
  readonly tree: PlacedTree;
  readonly verdict: PlacedVerdict;
}

export class PartFolder implements Part {
  readonly content: GrowingFolderSource;
  readonly leftStamp: FileStamp;
  readonly #options: PartFolderOptions;
  readonly #acquired: AcquiredFolder;
  readonly #growing: GrowingTree;
  #isReleased = false;

  private constructor(options: PartFolderOptions, acquired: AcquiredFolder, growing: GrowingTree) {
    this.#options = options;
    this.#acquired = acquired;
    this.#growing = growing;
    const { layout, table, path, placed } = options;
    this.content = {
      type: 'growing-folder',
      layout,
      paths: folderPathsOf(table),
      packFd: acquired.pack.fd,
      tree: growing.path,
      treeName: growing.name,
      destination: path,
      placed: placed?.verdict.files,
    };
    this.leftStamp = growing.stamp;
  }

  /**
   * Opens the part folder of an earlier run, or makes one.
   * @throws StorageError, DISK_FULL when the rest of the folder does not fit
   */
  static async open(options: PartFolderOptions): Promise<PartFolder> {
    const { layout, table, path, placed } = options;
    requireShortPaths(path, table);
    const acquired = await acquireFolder({ ...options, packBytes: layout.packBytes });
    const { pack, partPath } = acquired;
    try {
      const growing = await GrowingTree.open(acquired, table, layout);
      // Small files are there twice for a moment.
      const whole = layout.pieces.size + layout.packBytes - (placed?.verdict.bytes ?? 0);
      await requireFreeSpace(dirname(partPath), whole - growing.allocatedBytes);
      return new PartFolder(options, acquired, growing);
    } catch (cause) {
      await pack.release();
      await acquired.folder.release();
      // Nothing of anybody's is in it yet.
      if (acquired.isFresh) await removePart(partPath).catch(() => undefined);
      throw toStorageError(cause, `cannot use ${partPath}`, 'create');
    }
  }

  get folder(): string {
    return dirname(this.#acquired.partPath);
  }

  get isFresh(): boolean {
    return this.#acquired.isFresh;
  }

  /** What lies at the destination was looked at before; see placed-tree.ts. */
  readonly isPlaced = false;
  readonly olderPath = undefined;

  held(pieces: Bitfield): Bitfield {
    const held = new Bitfield(pieces.length);
    for (const piece of pieces.indexes()) if (this.#growing.holds(piece)) held.add(piece);
    return held;
  }

  retain(): OpenContent {
    return this.#use(this.#acquired.pack.retain());
  }

  #use(pack: OpenFile): OpenContent {
    const folder = this.#acquired.folder.retain();
    const retain = (): OpenContent => this.#use(pack.retain());
    const release = once(() => Promise.all([pack.release(), folder.release()]));
    return { content: this.content, retain, release };
  }

  async sync(sync: DiskSync, pieces: readonly number[]): Promise<FileStamp> {
    await this.#growing.sync(sync, pieces);
    return this.#growing.stamp;
  }

  async place(signal: AbortSignal): Promise<FileStamp> {
    const { path, table, sync, overwrite, placed } = this.#options;
    const isCompleting = (await statsAt(path)) !== undefined;
    if (isCompleting) await requireRealFolders(path, table);
    else if (placed) throw changed(path);
    const isSynced = sync.durability === 'disk';
    const job = { content: this.content, table, isCompleting, isSynced, signal };
    const { outcomes, stamps } = await this.#options.unpack(job);
    const { tree, treeName } = this.content;
    const whole = { tree, treeName, path, table, sync };
    if (isCompleting) {
      await placeIntoFolder(whole, outcomes, overwrite);
      return this.#stampCompleted();
    }
    await placeTree(whole);
    const there = (await statsAt(path)) ?? bug(`${path} has gone at once`);
    // A folder takes its files with it: they are as they were when they were made.
    return stampOfMade(table, stamps, there.dev);
  }

  /** What lay at the destination may have been changed while the rest was fetched. */
  async #stampCompleted(): Promise<FileStamp> {
    const { path, table, placed } = this.#options;
    const { stamp, stamps, firstOther } = await lookAtFolder(path, table);
    const other = firstOther ?? placed?.tree.firstChanged(placed.verdict.files, stamps);
    if (other === undefined) return stamp;
    throw changed(join(path, other));
  }

  async discard(): Promise<void> {
    const { folder, partPath } = this.#acquired;
    // What stays is found by whoever looks; nothing depends on it.
    await emptyFolder(folder.path).catch(() => undefined);
    await rmdir(partPath).catch(() => undefined);
  }

  async release(): Promise<void> {
    const { pack, folder } = this.#acquired;
    if (this.#isReleased) return;
    this.#isReleased = true;
    await pack.release();
    await folder.release();
  }
}

async function emptyFolder(path: string): Promise<void> {
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true });
}

/** Runs once, however often it is called. */
function once(work: () => Promise<unknown>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work().then(() => undefined));
}

/** Before a byte is fetched for a path that no system opens. */
function requireShortPaths(path: string, table: FolderTable): void {
  for (const entry of table) {
    if (Buffer.byteLength(join(path, entry.path)) <= MAX_PATH_BYTES) continue;
    throw new StorageError(
      'NO_DESTINATION',
      `${join(path, entry.path)} is a longer path than can be opened; choose a destination with a shorter one`,
    );
  }
}

function changed(path: string): StorageError {
  return new StorageError('FILE_CHANGED', `somebody changes ${path}; try again`);
}
