/**
 * The stamp of a file on disk: what tells, without reading it, that it is still the file that
 * was hashed. A changed stamp means the content may have changed, not that it has.
 */
import type { BigIntStats } from 'node:fs';

export interface FileStamp {
  /** Bytes. */
  readonly size: number;
  /** Last modification, nanoseconds since 1970. */
  readonly mtimeNs: bigint;
  /** Changes when another file is moved into this one's place. */
  readonly inode: bigint;
}

/** The stamp of a file from `stat(path, { bigint: true })`. */
export function stampOf(stats: BigIntStats): FileStamp {
  return { size: Number(stats.size), mtimeNs: stats.mtimeNs, inode: stats.ino };
}

/** True when nothing says that the file changed between the two stamps. */
export function isUnchanged(before: FileStamp, now: FileStamp): boolean {
  return before.size === now.size && before.mtimeNs === now.mtimeNs && before.inode === now.inode;
}
