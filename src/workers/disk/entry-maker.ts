/**
 * Makes entries of a downloaded folder in its tree: the small files are cut out of the pack, a large
 * one has grown there and is whole; each gets its time and the right to be executed.
 */
import { closeSync, constants, fchmodSync, fstatSync, ftruncateSync, futimesSync } from 'node:fs';
import { mkdirSync, openSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import { pathAt } from '../../net/folder-paths.js';
import { setStamp } from '../../net/folder-stamps.js';
import type { UnpackTask } from '../messages/unpacking.js';
import { closeQuietly } from './close-quietly.js';
import { ContentFile } from './content-file.js';
import type { EntryBytes } from './entry-bytes.js';

const { O_RDONLY, O_RDWR, O_CREAT, O_TRUNC, O_NOFOLLOW = 0 } = constants;
/** Half a microsecond more, so that what Node makes of a whole millisecond is not the one before. */
const TIME_ROUNDING_S = 5e-7;

type Made = Pick<UnpackTask, 'content' | 'facts' | 'isSynced' | 'stamps'>;

export class EntryMaker {
  readonly #task: Made;
  readonly #bytes: EntryBytes;
  /** Made last, and all above it. */
  #folder = '';

  constructor(task: Made, bytes: EntryBytes) {
    this.#task = task;
    this.#bytes = bytes;
  }

  /**
   * Makes an entry, and notes its stamp. Answers the descriptor of a file, which is the caller's to
   * close, or undefined of a folder.
   * @throws StorageError
   */
  make(entry: number): number | undefined {
    const { content } = this.#task;
    try {
      return this.#make(entry);
    } catch (cause) {
      throw toStorageError(cause, `cannot make the files of ${content.destination}`);
    }
  }

  #make(entry: number): number | undefined {
    const { content, facts, stamps } = this.#task;
    const path = join(content.tree, pathAt(content.paths, entry));
    if (facts.isFolder[entry] === 1) {
      this.#makeFolder(path);
      return undefined;
    }
    this.#makeFolder(dirname(path));
    const isGrown = this.#bytes.isLarge(entry);
    const flags = O_RDWR | O_CREAT | O_NOFOLLOW | (isGrown ? 0 : O_TRUNC);
    const fd = openSync(path, flags, 0o666);
    try {
      if (!isGrown) this.#fill(entry, fd, path);
      if (facts.isExecutable[entry] === 1) makeExecutable(fd);
      const seconds = facts.mtimesMs[entry]! / 1_000 + TIME_ROUNDING_S;
      futimesSync(fd, seconds, seconds);
      setStamp(stamps, entry, fstatSync(fd, { bigint: true }));
      return fd;
    } catch (error) {
      closeQuietly(fd);
      throw error;
    }
  }

  #fill(entry: number, fd: number, path: string): void {
    const file = new ContentFile(fd);
    const { isSynced } = this.#task;
    // What was cut to nothing and is closed, ext4 and btrfs begin to write out, and wait for nothing.
    if (isSynced) ftruncateSync(fd, 0);
    this.#bytes.each(entry, (bytes, at) => {
      file.write(at, bytes, 0, bytes.length);
      return true;
    });
    // Any descriptor that is closed does that; this one stays, or nobody heard of a write that failed.
    if (isSynced) closeSync(openSync(path, O_RDONLY | O_NOFOLLOW));
  }

  #makeFolder(path: string): void {
    if (path === this.#folder) return;
    mkdirSync(path, { recursive: true });
    this.#folder = path;
  }
}

/** Whoever may read it may execute it. */
function makeExecutable(fd: number): void {
  const { mode } = fstatSync(fd);
  fchmodSync(fd, (mode & 0o777) | ((mode & 0o444) >> 2));
}
