/**
 * The file in which a download grows, beside its destination: made and sized, filled by the
 * threads through its descriptor, given its final name, let go. Owns the descriptor until then.
 *
 *   opened (as long as the finished file) → placed (has the final name) → released
 *
 * Others may be able to write to the folder. So the file is one that was made here, or that can only
 * be what an earlier run left; and what is said of the finished file is asked of the descriptor.
 */
import { lstat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { partPathOf, placeFile, requireFreeSpace } from './destination.js';
import { stampOf, type FileStamp } from './file-stamp.js';
import { placeBesideOlder } from './older-version.js';
import { createFile, openLeftFile, type OpenFile } from './open-files.js';

/** Where a part file lies and what it becomes. */
export interface PartFileOptions {
  /** Absolute. */
  readonly partPath: string;
  /** Absolute path of the finished file. */
  readonly path: string;
  /** Bytes of the finished file. */
  readonly size: number;
  readonly overwrite: boolean;
  /** What lies at `path` stays beside it, unless it is to be overwritten. @default false */
  readonly keepsOlder?: boolean;
  /**
   * Everything comes in one write, which makes the file as long as it is, and says just as soon
   * that the disk is full. What an earlier run left is dropped.
   */
  readonly isOneWrite: boolean;
  /** An earlier run has left pieces in it. */
  readonly isResumed: boolean;
  /** What has this name is not ours: notes the one that is used instead, before it is made. */
  readonly onMoved: (partPath: string) => Promise<void>;
}

interface Acquired {
  readonly file: OpenFile;
  readonly partPath: string;
  readonly isFresh: boolean;
}

export class PartFile {
  readonly #options: PartFileOptions;
  readonly #acquired: Acquired;
  #olderPath: string | undefined;

  private constructor(options: PartFileOptions, acquired: Acquired) {
    this.#options = options;
    this.#acquired = acquired;
  }

  /**
   * Opens the part file of an earlier run, or makes one.
   * @throws StorageError, DISK_FULL when the rest of the file does not fit
   */
  static async open(options: PartFileOptions): Promise<PartFile> {
    const { size, isOneWrite } = options;
    const acquired = await acquire(options);
    const { handle } = acquired.file;
    try {
      if (isOneWrite) {
        if (!acquired.isFresh) await handle.truncate(0);
        return new PartFile(options, acquired);
      }
      const { blocks } = await handle.stat();
      await requireFreeSpace(dirname(acquired.partPath), size - blocks * 512);
      await handle.truncate(size);
      return new PartFile(options, acquired);
    } catch (error) {
      await acquired.file.release();
      if (error instanceof StorageError) throw error;
      // Not every disk takes a file of every length.
      throw toStorageError(error, `cannot make ${acquired.partPath} ${size} bytes long`);
    }
  }

  get fd(): number {
    return this.#acquired.file.fd;
  }

  /** Nothing of an earlier run is in it. */
  get isFresh(): boolean {
    return this.#acquired.isFresh;
  }

  /** Where the file is kept whose place this one took; set only when it is placed. */
  get olderPath(): string | undefined {
    return this.#olderPath;
  }

  /** Counts one more user of the descriptor, who lets go by itself. */
  retain(): OpenFile {
    return this.#acquired.file.retain();
  }

  /**
   * Gives the file its final name; answers its stamp under that name.
   * @throws StorageError DESTINATION_EXISTS when it was taken meanwhile; nothing is lost by that
   */
  async place(): Promise<FileStamp> {
    const { path, overwrite, keepsOlder = false } = this.#options;
    const { file, partPath } = this.#acquired;
    if (keepsOlder && !overwrite) this.#olderPath = await placeBesideOlder(partPath, path);
    else await placeFile(partPath, path, overwrite);
    const [ours, named] = await Promise.all([file.handle.stat({ bigint: true }), lstat(path)]);
    const isSame = named.isFile() && named.uid === Number(ours.uid);
    if (!isSame || named.size !== Number(ours.size)) throw replaced(path);
    return stampOf(ours);
  }

  /** Lets go of the descriptor. Idempotent. */
  release(): Promise<void> {
    return this.#acquired.file.release();
  }
}

async function acquire(options: PartFileOptions): Promise<Acquired> {
  const { partPath, path, size, isResumed, onMoved } = options;
  const made = isResumed ? undefined : await createFile(partPath);
  if (made) return { file: made, partPath, isFresh: true };
  // It is as long as the finished file from its first moment; only a crash leaves it shorter.
  const left = await openLeftFile(partPath, isResumed ? [size] : [size, 0]);
  if (left) return { file: left, partPath, isFresh: false };
  const again = isResumed ? await createFile(partPath) : undefined;
  if (again) return { file: again, partPath, isFresh: true };
  const elsewhere = partPathOf(path);
  await onMoved(elsewhere);
  const file = await createFile(elsewhere);
  if (file) return { file, partPath: elsewhere, isFresh: true };
  throw new StorageError(
    'NO_DESTINATION',
    `somebody else takes the names of new files in ${dirname(path)}; choose another folder`,
  );
}

function replaced(path: string): StorageError {
  return new StorageError(
    'IO_ERROR',
    `somebody else has put another file into the place of ${path}; choose a folder that only you may write to`,
  );
}
