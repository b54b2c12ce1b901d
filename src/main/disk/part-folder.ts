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
import type { BigIntStats } from 'node:fs';
import { lstat, mkdir, readdir, rename, rm, rmdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { atATime } from '../../net/at-a-time.js';
import { Bitfield } from '../../net/bitfield.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import { extentsOf, type FolderLayout } from '../../net/folder-layout.js';
import { folderPathsOf } from '../../net/folder-paths.js';
import type { FolderTable } from '../../net/folder-table.js';
import { FOLDER_LOOKS_AT_A_TIME, MAX_PATH_BYTES, MAX_SYNCS_AT_A_TIME } from '../../net/limits.js';
import { pieceOffset } from '../../net/piece-layout.js';
import { ENTRY_OUTCOMES, type GrowingFolderSource } from '../../workers/messages.js';
import { alreadyExists, partFolderPathOf, placeFile, requireFreeSpace } from './destination.js';
import type { DiskSync } from './disk-sync.js';
import type { FileStamp } from './file-stamp.js';
import { lookAtFolder } from './folder-stamps.js';
import { HeldFolder } from './held-folder.js';
import { HeldWay } from './held-way.js';
import {
  createFile,
  openLeftFile,
  openToRead,
  type OpenContent,
  type OpenFile,
} from './open-files.js';
import type { Part } from './part.js';
import { removePart } from './remove-part.js';
import type { PlacedTree, PlacedVerdict } from './placed-tree.js';
import { foldersOf, requireRealFolders, statsAt } from './real-folders.js';

/** A folder of which every piece is there, and whose files are to be made in its tree. */
export interface UnpackJob {
  readonly content: GrowingFolderSource;
  readonly table: FolderTable;
  /** Something lies at the destination: what is the same there is not made. */
  readonly isCompleting: boolean;
  readonly isSynced: boolean;
  readonly signal: AbortSignal;
}

export interface PartFolderOptions {
  /** Absolute. */
  readonly partPath: string;
  /** Absolute path of the finished folder. */
  readonly path: string;
  readonly table: FolderTable;
  readonly layout: FolderLayout;
  readonly overwrite: boolean;
  /** What lies at the destination already, and what of it is right. */
  readonly placed: JudgedTree | undefined;
  readonly sync: DiskSync;
  /** Makes the files; answers what became of each entry, see `ENTRY_OUTCOMES`. */
  readonly unpack: (job: UnpackJob) => Promise<Uint8Array>;
  /** What has this name is not ours: notes the one that is used instead, before it is made. */
  readonly onMoved: (partPath: string) => Promise<void>;
}

export interface JudgedTree {
  readonly tree: PlacedTree;
  readonly verdict: PlacedVerdict;
}

interface Acquired {
  readonly partPath: string;
  /** What is at that path, whatever others put there later. */
  readonly folder: HeldFolder;
  readonly pack: OpenFile;
  readonly isFresh: boolean;
  readonly inode: bigint;
}

const PRIVATE = 0o700;
const BYTES_PER_BLOCK = 512;

export class PartFolder implements Part {
  readonly content: GrowingFolderSource;
  readonly leftStamp: FileStamp;
  readonly #options: PartFolderOptions;
  readonly #acquired: Acquired;
  /** Of the files that grow, by place in the table; what a sync finds is noted here. */
  readonly #stats: Map<number, BigIntStats>;
  #packStats: BigIntStats;
  /** Files whose names are on the disk; -1 is the pack. */
  readonly #named = new Set<number>();
  #isReleased = false;

  private constructor(
    options: PartFolderOptions,
    acquired: Acquired,
    packStats: BigIntStats,
    stats: Map<number, BigIntStats>,
  ) {
    this.#options = options;
    this.#acquired = acquired;
    this.#packStats = packStats;
    this.#stats = stats;
    const { layout, table, path, placed } = options;
    this.content = {
      type: 'growing-folder',
      layout,
      paths: folderPathsOf(table),
      packFd: acquired.pack.fd,
      tree: join(acquired.folder.path, 'tree'),
      treeName: join(acquired.partPath, 'tree'),
      destination: path,
      placed: placed?.verdict.files,
    };
    this.leftStamp = this.#stamp();
  }

  /**
   * Opens the part folder of an earlier run, or makes one.
   * @throws StorageError, DISK_FULL when the rest of the folder does not fit
   */
  static async open(options: PartFolderOptions): Promise<PartFolder> {
    const { layout, table, path, placed } = options;
    requireShortPaths(path, table);
    const acquired = await acquire(options);
    const { pack, partPath } = acquired;
    try {
      if (Number((await pack.handle.stat()).size) !== layout.packBytes) {
        await pack.handle.truncate(layout.packBytes);
      }
      const packStats = await pack.handle.stat({ bigint: true });
      const stats = await growingStats(join(partPath, 'tree'), table, layout);
      const blocks = [packStats, ...stats.values()].reduce((sum, one) => sum + one.blocks, 0n);
      // Small files are there twice for a moment.
      const whole = layout.pieces.size + layout.packBytes - (placed?.verdict.bytes ?? 0);
      const needed = whole - Number(blocks) * BYTES_PER_BLOCK;
      await requireFreeSpace(dirname(partPath), needed);
      return new PartFolder(options, acquired, packStats, stats);
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
    for (const piece of pieces.indexes()) {
      const entry = this.#growingEntry(piece);
      if (entry === undefined || this.#stats.has(entry)) held.add(piece);
    }
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
    const touched = new Set(pieces.map((piece) => this.#growingEntry(piece)));
    if (touched.delete(undefined)) {
      await sync.data(this.#acquired.pack);
      this.#packStats = await this.#acquired.pack.handle.stat({ bigint: true });
    }
    await atATime(MAX_SYNCS_AT_A_TIME, touched, async (entry) => {
      if (entry !== undefined) await this.#syncGrowing(sync, entry);
    });
    const fresh = [...touched].filter((entry) => entry !== undefined && !this.#named.has(entry));
    await this.#syncNames(sync, fresh as number[]);
    return this.#stamp();
  }

  async #syncGrowing(sync: DiskSync, entry: number): Promise<void> {
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
    const { partPath } = this.#acquired;
    const folders = new Set<string>([partPath]);
    for (const entry of entries) {
      for (let at = dirname(this.#pathOf(entry)); at.length > partPath.length; at = dirname(at)) {
        folders.add(at);
      }
    }
    if (entries.length > 0 || !this.#named.has(-1)) {
      await atATime(MAX_SYNCS_AT_A_TIME, folders, (folder) => sync.folder(folder));
    }
    for (const entry of [-1, ...entries]) this.#named.add(entry);
  }

  async place(signal: AbortSignal): Promise<FileStamp> {
    const { path, table, sync, unpack, placed } = this.#options;
    const { tree } = this.content;
    const isCompleting = (await statsAt(path)) !== undefined;
    if (isCompleting) await requireRealFolders(path, table);
    else if (placed) throw changed(path);
    const isSynced = sync.durability === 'disk';
    const outcomes = await unpack({ content: this.content, table, isCompleting, isSynced, signal });
    try {
      if (isCompleting) await this.#placeEach(outcomes);
      else {
        // A folder of empty files and nothing else has no tree yet.
        await mkdir(tree, { recursive: true });
        await this.#syncTree(sync);
        await rename(tree, path);
      }
    } catch (cause) {
      throw toStorageError(cause, `cannot give the finished folder its name ${path}`, 'create');
    }
    const { stamp, stamps, firstOther } = await lookAtFolder(path, table);
    const other = firstOther ?? placed?.tree.firstChanged(placed.verdict.files, stamps);
    if (other === undefined) return stamp;
    throw changed(join(path, other));
  }

  async #syncTree(sync: DiskSync): Promise<void> {
    const { table } = this.#options;
    const folders = foldersOf(table).map((folder) => join(this.content.treeName, folder));
    await atATime(MAX_SYNCS_AT_A_TIME, folders, (folder) => sync.folder(folder));
  }

  /** Into a folder that is there. */
  async #placeEach(outcomes: Uint8Array): Promise<void> {
    const { path, table, overwrite, sync } = this.#options;
    const differing = table.filter((_, entry) => outcomes[entry] === ENTRY_OUTCOMES.differs);
    if (differing.length > 0 && !overwrite) throw differs(path, differing);
    const touched = new Set<string>();
    const way = new HeldWay(path);
    try {
      for (const [index, entry] of table.entries()) {
        if (outcomes[index] === ENTRY_OUTCOMES.same) continue;
        const shown = join(path, entry.path);
        const folder = await way.to(entry.kind === 'file' ? dirname(entry.path) : entry.path);
        const to = join(folder, basename(entry.path));
        const from = join(this.content.tree, entry.path);
        if (entry.kind === 'file') await placeFile(from, to, overwrite, shown);
        for (let at = dirname(shown); at.length >= path.length; at = dirname(at)) touched.add(at);
      }
    } finally {
      await way.close();
    }
    await atATime(MAX_SYNCS_AT_A_TIME, touched, (folder) => sync.folder(folder));
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

  #pathOf(entry: number): string {
    return join(this.content.treeName, this.#options.table[entry]!.path);
  }

  /** The file in which a piece grows; undefined for the pack. */
  #growingEntry(piece: number): number | undefined {
    const { layout } = this.#options;
    if (piece < layout.packPieces) return undefined;
    return extentsOf(layout, pieceOffset(layout.pieces, piece), 1)[0]?.entry;
  }

  /** Stands for all that grows: nobody can set the latest of their times of change. */
  #stamp(): FileStamp {
    const all = [this.#packStats, ...this.#stats.values()];
    const latest = (times: bigint[]): bigint => times.reduce((a, b) => (a > b ? a : b));
    return {
      size: this.#options.layout.pieces.size,
      mtimeNs: latest(all.map(({ mtimeNs }) => mtimeNs)),
      ctimeNs: latest(all.map(({ ctimeNs }) => ctimeNs)),
      inode: this.#acquired.inode,
    };
  }
}

async function acquire({ partPath, path, layout, onMoved }: PartFolderOptions): Promise<Acquired> {
  const left = await acquireLeft(partPath, layout);
  const made = left ?? (await make(partPath));
  if (made) return made;
  const elsewhere = partFolderPathOf(path);
  await onMoved(elsewhere);
  const again = await make(elsewhere);
  if (again) return again;
  throw new StorageError(
    'NO_DESTINATION',
    `somebody else takes the names of new folders in ${dirname(path)}; choose another folder`,
  );
}

/** What an earlier run left, if it can be nothing else. */
async function acquireLeft(partPath: string, layout: FolderLayout): Promise<Acquired | undefined> {
  const stats = await lstat(partPath, { bigint: true }).catch(() => undefined);
  const isOfUs = process.getuid === undefined || Number(stats?.uid) === process.getuid();
  if (!stats?.isDirectory() || !isOfUs || (Number(stats.mode) & 0o077) !== 0) return undefined;
  const folder = await HeldFolder.open(partPath).catch(() => undefined);
  const isIt = folder && (await folder.inode) === stats.ino && (await isPartFolder(folder.path));
  const packPath = join(folder?.path ?? partPath, 'pack');
  const pack = isIt
    ? ((await openLeftFile(packPath, [layout.packBytes, 0])) ?? (await createFile(packPath)))
    : undefined;
  if (folder && pack) return { partPath, folder, pack, isFresh: false, inode: stats.ino };
  await folder?.release();
  return undefined;
}

/** Undefined when anything has that name. */
async function make(partPath: string): Promise<Acquired | undefined> {
  try {
    await mkdir(partPath, { mode: PRIVATE });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw toStorageError(cause, `cannot create ${partPath}`, 'create');
  }
  let folder: HeldFolder | undefined;
  try {
    folder = await HeldFolder.open(partPath);
    const [pack, inode] = [await createFile(join(folder.path, 'pack')), await folder.inode];
    if (pack) return { partPath, folder, pack, isFresh: true, inode };
  } catch (cause) {
    await folder?.release();
    throw toStorageError(cause, `cannot use ${partPath}`, 'create');
  }
  await folder.release();
  return undefined;
}

/** Also a kill leaves it empty at worst; so a folder with anything else in it is another one. */
async function isPartFolder(path: string): Promise<boolean> {
  const names = await readdir(path);
  return names.length === 0 || names.includes('pack');
}

async function emptyFolder(path: string): Promise<void> {
  for (const name of await readdir(path)) await rm(join(path, name), { recursive: true });
}

/** Runs once, however often it is called. */
function once(work: () => Promise<unknown>): () => Promise<void> {
  let done: Promise<void> | undefined;
  return () => (done ??= work().then(() => undefined));
}

/** The files that grow and are there, as long as they will be. */
async function growingStats(
  tree: string,
  table: FolderTable,
  { entries, sizes, pieces }: FolderLayout,
): Promise<Map<number, BigIntStats>> {
  const found = new Map<number, BigIntStats>();
  const large = [...entries].filter((_, place) => sizes[place]! >= pieces.pieceLength);
  await atATime(FOLDER_LOOKS_AT_A_TIME, large, async (entry) => {
    const stats = await lstat(join(tree, table[entry]!.path), { bigint: true }).catch(
      () => undefined,
    );
    if (stats?.isFile() && Number(stats.size) === table[entry]!.size) found.set(entry, stats);
  });
  return found;
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

function differs(path: string, [first, ...others]: FolderTable): StorageError {
  const at = join(path, first!.path);
  if (others.length === 0) return alreadyExists(at);
  return new StorageError(
    'DESTINATION_EXISTS',
    `${at} and ${others.length} more are there and differ; choose another destination, or say --overwrite`,
  );
}
