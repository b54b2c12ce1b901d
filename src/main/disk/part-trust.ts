/**
 * Whether a part file that an earlier run left is still what that run left. Pure: stamps and times
 * in, a verdict out. Nobody can set the time of change (ctime), so it tells whoever wrote last:
 *
 *   as it was noted                 nothing happened since the run noted what it keeps
 *   later, within the run's life    the run itself wrote further pieces; those kept are untouched
 *   later than the run can have     somebody else did something: only hashing can tell what
 *
 * The run notes from time to time that it may be writing; a kill lets it write for a moment more.
 * Times of the file and of these notes come from one clock where the file lies on this machine. A
 * file server whose clock is ahead makes this hash in vain; one whose clock is behind hides a
 * change that comes within the difference after a kill.
 */
import { UNNOTED_WRITE_MS } from '../../net/limits.js';
import type { FileStamp } from './file-stamp.js';

/** What is known of the run that left a part file. */
export interface LeftStamp {
  /** The file when its kept pieces were noted last; undefined when none were. */
  readonly stamp: FileStamp | undefined;
  /** When the run noted last that it may be writing, since 1970; undefined when it never did. */
  readonly lastWriteMs: number | undefined;
}

/** True when a part file with the stamp `now` can only be what the earlier run left. */
export function isAsLeft({ stamp, lastWriteMs }: LeftStamp, now: FileStamp): boolean {
  if (stamp?.ctimeNs === undefined || now.ctimeNs === undefined) return false;
  // Another inode: another file, or a file system that numbers anew at each mount.
  if (stamp.inode !== now.inode || stamp.size !== now.size) return false;
  if (now.ctimeNs === stamp.ctimeNs) return now.mtimeNs === stamp.mtimeNs;
  // Before: the clock was set back since, and no time says anything.
  if (lastWriteMs === undefined || now.ctimeNs < stamp.ctimeNs) return false;
  return now.ctimeNs <= BigInt(Math.ceil(lastWriteMs + UNNOTED_WRITE_MS)) * 1_000_000n;
}
