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
import { mkdir, rmdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { Bitfield } from '../../net/bitfield.js';
import { StorageError, bug, toStorageError } from '../../net/errors.js';
import { chosenOf, type FolderChoice } from '../../net/folder-choice.js';
import type { FolderLayout } from '../../net/folder-layout.js';
import { folderPathsOf } from '../../net/folder-paths.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import type { FolderTable } from '../../net/folder-table.js';
import { MAX_PATH_BYTES } from '../../net/limits.js';
import type { GrowingFolderSource } from '../../workers/messages/content.js';
import { acquireFolder, type AcquiredFolder, type FolderToAcquire } from './acquired-folder.js';
import { requireFreeSpace } from './destination.js';
import type { DiskSync } from './disk-sync.js';
import { isUnchanged, type FileStamp } from './file-stamp.js';
import { lookAtFolder, stampOfMade } from './folder-stamps.js';
import { GrowingTree } from './growing-tree.js';
import { keepFolderBeside } from './older-version.js';
import type { OpenContent, OpenFile } from './open-files.js';
import type { Part } from './part.js';
import type { PlacedTree, PlacedVerdict } from './placed-tree.js';
import { requireRealFolders, statsAt } from './real-folders.js';
import { emptyPartFolder, removePart } from './remove-part.js';
import { placeIntoFolder, placeTree, type TreeToPlace } from './tree-placing.js';

/** A folder of which every piece is there, and whose files are to be made in its tree. */
export interface UnpackJob {
  readonly content: GrowingFolderSource;
  readonly table: FolderTable;
  /** Entries to make; absent for all. */
  readonly choice: FolderChoice | undefined;
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
  /** What of it is downloaded; absent for all. */
  readonly choice: FolderChoice | undefined;
  /** Bytes of the pieces that are. */
  readonly wantedBytes: number;
  readonly overwrite: boolean;
  /** What lies at the destination is to get another name. */
  readonly keepsOlder: boolean;
  /** Files there that differ stay in a folder beside. */
  readonly keepsDiffering: boolean;
  /** What lies there must be as it was then; files that are replaced give their mode. */
  readonly replaces: FileStamp | undefined;
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
  #olderPath: string | undefined;
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
    const { layout, table, path, placed, choice, wantedBytes } = options;
    requireShortPaths(path, chosenOf(table, choice));
    const acquired = await acquireFolder({ ...options, packBytes: layout.packBytes });
    const { pack, partPath } = acquired;
    try {
      const growing = await GrowingTree.open(acquired, table, layout);
      // Small files are there twice for a moment.
      const packed = Math.min(layout.packBytes, wantedBytes);
      const whole = wantedBytes + packed - (placed?.verdict.bytes ?? 0);
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

  /** Where it grows. */
  get path(): string {
    return this.#acquired.partPath;
  }

  get isFresh(): boolean {
    return this.#acquired.isFresh;
  }

  /** What lies at the destination was looked at before; see placed-tree.ts. */
  readonly isPlaced = false;

  get olderPath(): string | undefined {
    return this.#olderPath;
  }

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

  fileOf(piece: number): number {
    return this.#growing.fileOf(piece);
  }

  async sync(sync: DiskSync, pieces: readonly number[]): Promise<FileStamp> {
    await this.#growing.sync(sync, pieces);
    return this.#growing.stamp;
  }

  async place(signal: AbortSignal): Promise<FileStamp> {
    const { path, table, choice, sync, keepsOlder, placed } = this.#options;
    const isThere = (await statsAt(path)) !== undefined;
    const isCompleting = isThere && !keepsOlder;
    if (isCompleting) await requireRealFolders(path, chosenOf(table, choice));
    else if (placed) throw changed(path);
    const isSynced = sync.durability === 'disk';
    const job = { content: this.content, table, choice, isCompleting, isSynced, signal };
    const made = await this.#options.unpack(job);
    await this.#requireUntouched();
    if (isThere && keepsOlder) this.#olderPath = await keepFolderBeside(path);
    if (isCompleting) return this.#placeIntoFolder(made);
    // Of what is not chosen an earlier run may have left something in the tree.
    if (choice) await makeFolder(path);
    return choice ? this.#placeIntoFolder(made) : this.#placeTree(made);
  }

  /** What is repaired is nobody's work. */
  async #requireUntouched(): Promise<void> {
    const { path, table, choice, replaces } = this.#options;
    if (!replaces || isUnchanged(replaces, (await lookAtFolder(path, table, choice)).stamp)) return;
    throw new StorageError(
      'FILE_CHANGED',
      `${path} was changed while it was being repaired, and stays as it is now`,
    );
  }

  async #placeTree({ stamps }: UnpackedEntries): Promise<FileStamp> {
    const { path, table } = this.#options;
    await placeTree(this.#whole);
    const there = (await statsAt(path)) ?? bug(`${path} has gone at once`);
    // A folder takes its files with it: they are as they were when they were made.
    return stampOfMade(table, stamps, there.dev);
  }

  async #placeIntoFolder({ outcomes }: UnpackedEntries): Promise<FileStamp> {
    const { overwrite, keepsDiffering, replaces } = this.#options;
    const rules = { overwrite, keepsDiffering, keepsModes: replaces !== undefined };
    this.#olderPath = await placeIntoFolder(this.#whole, outcomes, rules);
    return this.#stampCompleted();
  }

  get #whole(): TreeToPlace {
    const { path, table, sync } = this.#options;
    const { tree, treeName } = this.content;
    return { tree, treeName, path, table, sync };
  }

  /** What lay at the destination may have been changed while the rest was fetched. */
  async #stampCompleted(): Promise<FileStamp> {
    const { path, table, choice, placed } = this.#options;
    const { stamp, stamps, firstOther } = await lookAtFolder(path, table, choice);
    const other = firstOther ?? placed?.tree.firstChanged(placed.verdict.files, stamps);
    if (other === undefined) return stamp;
    throw changed(join(path, other));
  }

  async discard(): Promise<void> {
    const { folder, partPath } = this.#acquired;
    // What stays is found by whoever looks; nothing depends on it.
    await emptyPartFolder(folder.path).catch(() => undefined);
    await rmdir(partPath).catch(() => undefined);
    // Before the download is noted as complete: nobody looks for it after that.
    await this.#options.sync.folder(dirname(partPath)).catch(() => undefined);
  }

  async release(): Promise<void> {
    const { pack, folder } = this.#acquired;
    if (this.#isReleased) return;
    this.#isReleased = true;
    await pack.release();
    await folder.release();
  }
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot make the folder ${path}`, 'create');
  });
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
