/**
 * A small file that is made in one go: under its part name, its bytes in one write, then its final
 * name. Made by a transfer thread, which waits for none of it but the disk: each of these calls takes
 * less than handing it to another thread. Owns its descriptor.
 *
 *   made (nothing is there) → written → synced, if it is to be → placed
 *   any of these → discarded (nothing of it is left)
 *
 * The same rules as for every download: nothing that is there is overwritten, and what is said of the
 * finished file is asked of the descriptor.
 */
import {
  constants,
  fdatasync,
  fstatSync,
  linkSync,
  lstatSync,
  openSync,
  renameSync,
  unlinkSync,
} from 'node:fs';
import { promisify } from 'node:util';
import { StorageError, toStorageError } from '../../net/errors.js';
import { countedWrite, countedWriting, createWriteCell } from '../../net/write-count.js';
import type { NewFileStamp } from '../messages/parcel.js';
import { closeQuietly } from './close-quietly.js';
import { ContentFile } from './content-file.js';

const { O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0 } = constants;
const CREATE_ONLY = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;

const syncData = promisify(fdatasync);

export class NewFile {
  readonly #partPath: string;
  readonly #path: string;
  readonly #writes: SharedArrayBuffer;
  #fd: number | undefined;

  /** Both absolute, in the same folder. What is done to the disk is counted in `writes`, see net/write-count.ts. */
  constructor(partPath: string, path: string, writes = createWriteCell()) {
    this.#partPath = partPath;
    this.#path = path;
    this.#writes = writes;
  }

  /** Makes it, and writes its bytes. @throws StorageError; then nothing of it is left */
  write(at: number, bytes: Buffer, from: number, length: number): void {
    this.#inPlace(() => {
      this.#fd = openSync(this.#partPath, CREATE_ONLY, 0o666);
      new ContentFile(this.#fd).write(at, bytes, from, length);
    });
  }

  /** Resolves when its bytes are on the disk. @throws StorageError; then nothing of it is left */
  async sync(): Promise<void> {
    try {
      await countedWriting(this.#writes, () => syncData(this.#fd!));
    } catch (cause) {
      this.discard();
      throw toStorageError(cause, 'what was downloaded does not reach the disk');
    }
  }

  /** Gives it its final name. @throws StorageError when that is taken; then nothing of it is left */
  place(): NewFileStamp {
    return this.#inPlace(() => {
      takeName(this.#partPath, this.#path);
      const ours = fstatSync(this.#fd!, { bigint: true });
      const named = lstatSync(this.#path, { bigint: true });
      const isSame = named.isFile() && named.uid === ours.uid && named.size === ours.size;
      if (!isSame) throw new StorageError('FILE_CHANGED', 'the finished file was replaced');
      this.#close();
      const { ino: inode, dev: device, mtimeNs, ctimeNs } = ours;
      return { size: Number(ours.size), mtimeNs, inode, ctimeNs, device };
    });
  }

  /** Takes away what there is under the part name. Idempotent. */
  discard(): void {
    if (this.#fd === undefined) return;
    this.#close();
    quietly(() => unlinkSync(this.#partPath));
  }

  #inPlace<T>(work: () => T): T {
    try {
      return countedWrite(this.#writes, work);
    } catch (cause) {
      this.discard();
      throw cause instanceof StorageError ? cause : toStorageError(cause, `cannot make a file`);
    }
  }

  #close(): void {
    const fd = this.#fd;
    this.#fd = undefined;
    if (fd !== undefined) closeQuietly(fd);
  }
}

/** link() fails where the name is taken, in one step; rename() would silently replace it. */
function takeName(from: string, to: string): void {
  try {
    linkSync(from, to);
  } catch (cause) {
    // A file system without hard links (FAT, some network mounts).
    const isTaken = (cause as NodeJS.ErrnoException).code === 'EEXIST';
    if (isTaken || lstatSync(to, { throwIfNoEntry: false })) throw cause;
    renameSync(from, to);
    return;
  }
  // A name too many costs no space.
  quietly(() => unlinkSync(from));
}

function quietly(work: () => void): void {
  try {
    work();
  } catch {
    // Nobody could do anything about it.
  }
}
