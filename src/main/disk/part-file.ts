/**
 * The file in which a download grows, beside its destination: made and sized, filled by the
 * threads through its descriptor, given its final name, let go. Owns the descriptor until then.
 *
 *   opened (as long as the finished file) → placed (has the final name) → released
 *   opened (an earlier run has placed it and got no further) → released
 *
 * Others may be able to write to the folder. So the file is one that was made here, or that can only
 * be what an earlier run left; and what is said of the finished file is asked of the descriptor.
 */
import type { Stats } from 'node:fs';
import { lstat, stat, unlink } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import type { ContentSource } from '../../workers/messages/content.js';
import { partPathOf, placeFile, requireFreeSpace } from './destination.js';
import { isUnchanged, stampOf, type FileStamp } from './file-stamp.js';
import { placeBesideOlder } from './older-version.js';
import { createFile, openLeftFile, type OpenFile } from './open-files.js';
import type { DiskSync } from './disk-sync.js';
import type { Bitfield } from '../../net/bitfield.js';
import type { Part } from './part.js';
import { removePart } from './remove-part.js';

/** Where a part file lies and what it becomes. */
export interface PartFileOptions {
  /** Absolute. */
  readonly partPath: string;
  /** Absolute path of the finished file. */
  readonly path: string;
  /** Bytes of the finished file. */
  readonly size: number;
  readonly overwrite: boolean;
  /** The file in the place is overwritten only if it is still this one, and gives its mode. */
  readonly replaces?: FileStamp | undefined;
  /** What lies at `path` stays beside it, unless it is to be overwritten. @default false */
  readonly keepsOlder?: boolean;
  /**
   * Everything comes in one write, which makes the file as long as it is, and says just as soon
   * that the disk is full. What an earlier run left is dropped.
   */
  readonly isOneWrite: boolean;
  /** An earlier run has left pieces in it. */
  readonly isResumed: boolean;
  /** An earlier run may have given it its final name: then it is opened under that. */
  readonly mayBePlaced: boolean;
  /** What has this name is not ours: notes the one that is used instead, before it is made. */
  readonly onMoved: (partPath: string) => Promise<void>;
}

interface Acquired {
  readonly file: OpenFile;
  readonly partPath: string;
  readonly isFresh: boolean;
  readonly isPlaced: boolean;
}

export class PartFile implements Part {
  /** As it was when it was opened, before anything was done to it. */
  readonly leftStamp: FileStamp;
  readonly #options: PartFileOptions;
  readonly #acquired: Acquired;
  #olderPath: string | undefined;

  private constructor(options: PartFileOptions, acquired: Acquired, stamp: FileStamp) {
    this.#options = options;
    this.#acquired = acquired;
    this.leftStamp = stamp;
  }

  /**
   * Opens the part file of an earlier run, or makes one.
   * @throws StorageError, DISK_FULL when the rest of the file does not fit; then none is left that was made
   */
  static async open(options: PartFileOptions): Promise<PartFile> {
    const { size, isOneWrite } = options;
    const acquired = (await acquirePlaced(options)) ?? (await acquire(options));
    const { handle } = acquired.file;
    try {
      const stats = await handle.stat({ bigint: true });
      const opened = new PartFile(options, acquired, stampOf(stats));
      if (isOneWrite && !acquired.isPlaced) {
        if (!acquired.isFresh) await handle.truncate(0);
        return opened;
      }
      await requireFreeSpace(dirname(acquired.partPath), size - Number(stats.blocks) * 512);
      // Else its time of change would be now, and say nothing more of what happened to it.
      if (Number(stats.size) !== size) await handle.truncate(size);
      return opened;
    } catch (error) {
      // Left empty it would be nobody's for a run that looks for kept pieces, and stay for ever.
      if (acquired.isFresh) await removePart(acquired.partPath).catch(() => undefined);
      await acquired.file.release();
      if (error instanceof StorageError) throw error;
      // Not every disk takes a file of every length.
      throw toStorageError(error, `cannot make ${acquired.partPath} ${size} bytes long`, 'create');
    }
  }

  get content(): ContentSource {
    return this.#acquired.file.content;
  }

  /** Where its name is, now and later. */
  get folder(): string {
    return dirname(this.#acquired.partPath);
  }

  /** The name under which it was opened. */
  get path(): string {
    return this.isPlaced ? this.#options.path : this.#acquired.partPath;
  }

  /** Nothing of an earlier run is in it. */
  get isFresh(): boolean {
    return this.#acquired.isFresh;
  }

  /** It has its final name already; whether it is the right file, only hashing can tell. */
  get isPlaced(): boolean {
    return this.#acquired.isPlaced;
  }

  /** Where the file is kept whose place this one took; set only when it is placed. */
  get olderPath(): string | undefined {
    return this.#olderPath;
  }

  /** One file is there as a whole. */
  held(pieces: Bitfield): Bitfield {
    return pieces;
  }

  fileOf(): number {
    return 0;
  }

  async sync(sync: DiskSync): Promise<FileStamp> {
    return syncedStampOf(this.#acquired.file, sync);
  }

  /** Nothing is left of it but what has its final name. */
  async discard(): Promise<void> {
    await Promise.resolve();
  }

  /** Counts one more user of the descriptor, who lets go by itself. */
  retain(): OpenFile {
    return this.#acquired.file.retain();
  }

  /**
   * Gives the file its final name; answers its stamp under that name.
   * @throws StorageError DESTINATION_EXISTS when it was taken meanwhile, FILE_CHANGED when what is
   *   to be replaced was; nothing is lost by that
   */
  async place(): Promise<FileStamp> {
    const { path, replaces } = this.#options;
    const { file } = this.#acquired;
    if (replaces) await file.handle.chmod(await modeOfUntouched(path, replaces));
    if (!this.isPlaced) await this.#takePlace();
    const looks = Promise.all([file.handle.stat({ bigint: true }), lstat(path)]);
    const [ours, named] = await looks.catch((error: unknown) => {
      throw toStorageError(error, `cannot look at the finished file ${path}`);
    });
    const isSame = named.isFile() && named.uid === Number(ours.uid);
    if (!isSame || named.size !== Number(ours.size)) throw replaced(path);
    return stampOf(ours);
  }

  async #takePlace(): Promise<void> {
    const { path, overwrite, keepsOlder = false } = this.#options;
    const { partPath } = this.#acquired;
    if (keepsOlder && !overwrite) this.#olderPath = await placeBesideOlder(partPath, path);
    else await placeFile(partPath, path, overwrite);
  }

  /** Lets go of the descriptor. Idempotent. */
  release(): Promise<void> {
    return this.#acquired.file.release();
  }
}

/**
 * The finished file, if an earlier run may have put it in place: killed before it could note that,
 * perhaps also before it could take the other name away.
 */
async function acquirePlaced({
  mayBePlaced,
  partPath,
  path,
  size,
}: PartFileOptions): Promise<Acquired | undefined> {
  if (!mayBePlaced || !(await isPerhapsPlaced(partPath, path, size))) return undefined;
  // Both names are of one file, and this one is ours: nobody else could foresee it.
  await unlink(partPath).catch(() => undefined);
  const file = await openLeftFile(path, (found) => found === size);
  return file && { file, partPath, isFresh: false, isPlaced: true };
}

/**
 * True when the final name is taken by a plain file of the right length, and there is no part file
 * beside it but by a second name of the same.
 */
export async function isPerhapsPlaced(
  partPath: string,
  path: string,
  size: number,
): Promise<boolean> {
  const look = (name: string): Promise<Stats | undefined> => lstat(name).catch(() => undefined);
  const [part, placed] = await Promise.all([look(partPath), look(path)]);
  if (!placed?.isFile() || placed.size !== size) return false;
  return !part || (part.ino === placed.ino && part.dev === placed.dev);
}

async function acquire(options: PartFileOptions): Promise<Acquired> {
  const { partPath, path, size, isResumed, onMoved } = options;
  const made = isResumed ? undefined : await createFile(partPath);
  if (made) return { file: made, partPath, isFresh: true, isPlaced: false };
  // It is as long as the finished file from its first moment; only a crash leaves it shorter.
  const left = await openLeftFile(
    partPath,
    (found) => found === size || (found === 0 && !isResumed),
  );
  if (left) return { file: left, partPath, isFresh: false, isPlaced: false };
  const again = isResumed ? await createFile(partPath) : undefined;
  if (again) return { file: again, partPath, isFresh: true, isPlaced: false };
  const elsewhere = partPathOf(path);
  await onMoved(elsewhere);
  const file = await createFile(elsewhere);
  if (file) return { file, partPath: elsewhere, isFresh: true, isPlaced: false };
  throw new StorageError(
    'NO_DESTINATION',
    `somebody else takes the names of new files in ${dirname(path)}; choose another folder`,
  );
}

/** Syncs a file and answers its stamp. @throws StorageError */
export async function syncedStampOf(open: OpenFile, sync: DiskSync): Promise<FileStamp> {
  const file = open.retain();
  try {
    await sync.data(file);
    return stampOf(await file.handle.stat({ bigint: true }));
  } catch (cause) {
    throw toStorageError(cause, 'cannot look at the part file');
  } finally {
    await file.release();
  }
}

/** The mode of the file that is to be replaced. @throws StorageError FILE_CHANGED */
async function modeOfUntouched(path: string, stamp: FileStamp): Promise<number> {
  const stats = await stat(path, { bigint: true }).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot look at ${path}`);
  });
  if (isUnchanged(stamp, stampOf(stats))) return Number(stats.mode) & 0o777;
  throw new StorageError(
    'FILE_CHANGED',
    `${path} was changed while it was being repaired, and stays as it is now`,
  );
}

function replaced(path: string): StorageError {
  return new StorageError(
    'IO_ERROR',
    `somebody else has put another file into the place of ${path}; choose a folder that only you may write to`,
  );
}
