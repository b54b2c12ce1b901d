/**
 * The stamp of a file on disk: what tells, without reading it, that it is still the file that
 * was hashed. A changed stamp means the content may have changed, not that it has.
 */
import type { BigIntStats } from 'node:fs';

export interface FileStamp {
  /** Bytes. */
  readonly size: number;
  /** Last modification, nanoseconds since 1970. Whoever may write to the file may set it. */
  readonly mtimeNs: bigint;
  /** Changes when another file is moved into this one's place; on some disks at each mount. */
  readonly inode: bigint;
  /**
   * Last change of content or of anything about the file, nanoseconds since 1970; nobody can set
   * it. Unknown in stamps that were kept by a version without it.
   */
  readonly ctimeNs?: bigint;
  /** The file system; only good until the next mount, so it is not kept between runs. */
  readonly device?: bigint;
}

/**
 * `touched`: nothing says that the content is another one, but somebody did something to the file
 * (another mode, one more name, another file of the same time in its place, or a change with the old
 * time put back); only hashing can tell. `elsewhere`: nothing was done to it, but its file system
 * knows it by another number, as exFAT and network disks do after each mount; a look at a few places tells.
 */
export type StampChange = 'unchanged' | 'elsewhere' | 'touched' | 'changed';

/** The stamp of a file from `stat(path, { bigint: true })`. */
export function stampOf(stats: BigIntStats): FileStamp {
  return {
    size: Number(stats.size),
    mtimeNs: stats.mtimeNs,
    inode: stats.ino,
    ctimeNs: stats.ctimeNs,
    device: stats.dev,
  };
}

/** What happened to a file between two stamps, as far as they know. */
export function changeBetween(before: FileStamp, now: FileStamp): StampChange {
  if (before.size !== now.size || before.mtimeNs !== now.mtimeNs) return 'changed';
  if (!isSame(before.ctimeNs, now.ctimeNs)) return 'touched';
  if (before.inode === now.inode && isSame(before.device, now.device)) return 'unchanged';
  // Without a time that nobody can set, another file may have been put there.
  return before.ctimeNs === undefined ? 'touched' : 'elsewhere';
}

/** True when nothing says that the file changed between the two stamps. */
export function isUnchanged(before: FileStamp, now: FileStamp): boolean {
  return changeBetween(before, now) === 'unchanged';
}

/** What one of the two does not know says nothing. */
function isSame(before: bigint | undefined, now: bigint | undefined): boolean {
  return before === undefined || now === undefined || before === now;
}
