/**
 * The file in which a download grows, beside its destination: made and sized, filled by the
 * threads through its descriptor, given its final name, let go. Owns the descriptor until then.
 *
 *   opened (as long as the finished file) → placed (has the final name) → released
 */
import { constants } from 'node:fs';
import { chmod, copyFile, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { placeFile, requireFreeSpace } from './destination.js';
import { isUnchanged, stampOf, type FileStamp } from './file-stamp.js';
import { openOrCreate, type OpenFile } from './open-files.js';

/** A copy takes over the mode of its source; a part file must be open to writing. */
const COPY_MODE = 0o644;

/** Where a part file lies and what it becomes. */
export interface PartFileOptions {
  /** Absolute. */
  readonly partPath: string;
  /** Absolute path of the finished file. */
  readonly path: string;
  /** Bytes of the finished file. */
  readonly size: number;
  readonly overwrite: boolean;
  /**
   * Everything comes in one write, which makes the file as long as it is, and says just as soon
   * that the disk is full. What an earlier run left is dropped.
   */
  readonly isOneWrite: boolean;
}

export class PartFile {
  readonly #options: PartFileOptions;
  readonly #file: OpenFile;

  private constructor(options: PartFileOptions, file: OpenFile) {
    this.#options = options;
    this.#file = file;
  }

  /**
   * Opens the part file of an earlier run, or makes one.
   * @throws StorageError, DISK_FULL when the rest of the file does not fit
   */
  static async open(options: PartFileOptions): Promise<PartFile> {
    const { partPath, size, isOneWrite } = options;
    const file = await openOrCreate(partPath, isOneWrite);
    if (isOneWrite) return new PartFile(options, file);
    try {
      const { blocks } = await file.handle.stat();
      await requireFreeSpace(dirname(partPath), size - blocks * 512);
      await file.handle.truncate(size);
      return new PartFile(options, file);
    } catch (error) {
      await file.release();
      throw error;
    }
  }

  get fd(): number {
    return this.#file.fd;
  }

  /** Counts one more user of the descriptor, who lets go by itself. */
  retain(): OpenFile {
    return this.#file.retain();
  }

  /**
   * Gives the file its final name.
   * @throws StorageError DESTINATION_EXISTS when it was taken meanwhile; nothing is lost by that
   */
  async place(): Promise<void> {
    const { partPath, path, overwrite } = this.#options;
    await placeFile(partPath, path, overwrite);
  }

  /** Lets go of the descriptor. Idempotent. */
  release(): Promise<void> {
    return this.#file.release();
  }
}

/**
 * Fills a part file from a file on this disk; false when that is not possible or the file is not
 * what `stamp` says, and peers have to help. The bytes are checked like those of any earlier run.
 * @throws StorageError DISK_FULL
 */
export async function copyToPartFile(
  path: string,
  stamp: FileStamp,
  partPath: string,
): Promise<boolean> {
  const now = await stat(path, { bigint: true }).then(stampOf, () => undefined);
  if (now === undefined || !isUnchanged(stamp, now)) return false;
  await requireFreeSpace(dirname(partPath), stamp.size);
  try {
    await copyFile(path, partPath, constants.COPYFILE_FICLONE);
    await chmod(partPath, COPY_MODE);
    return true;
  } catch {
    // Half a copy does no harm: without a claim that it is verified it is fetched anew.
    return false;
  }
}
