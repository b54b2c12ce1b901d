/**
 * Which folders are ours alone: whoever else may write to a folder can put other files into the
 * places of ours, whatever the modes of the files. So the folder is looked at before any file in
 * it, by everything that keeps secrets, state or code in one. Pure: looks at what `lstat` or `stat`
 * answered.
 */
import type { Stats } from 'node:fs';

/** What is wrong with a folder. */
export type FolderFlaw = 'no-folder' | 'of-another-user' | 'open-to-everybody' | 'open-to-a-group';

const GROUP_MAY_WRITE = 0o020;
const ALL_MAY_WRITE = 0o002;
/** What lies in such a folder is renamed by its owner alone, and by that of the folder. */
const STICKY = 0o1000;
const ROOT = 0;

/** The user this process acts for; undefined where the platform has no such numbers. */
export function ownUserId(): number | undefined {
  return process.getuid?.();
}

/** Why somebody else may change what lies in a folder; undefined when only `userId` may. */
export function folderFlaw(
  stats: Pick<Stats, 'uid' | 'mode' | 'isDirectory'>,
  userId = ownUserId(),
): FolderFlaw | undefined {
  if (!stats.isDirectory()) return 'no-folder';
  // Modes and owners mean nothing there.
  if (userId === undefined) return undefined;
  if (stats.uid !== userId) return 'of-another-user';
  if ((stats.mode & ALL_MAY_WRITE) !== 0) return 'open-to-everybody';
  return (stats.mode & GROUP_MAY_WRITE) === 0 ? undefined : 'open-to-a-group';
}

/** Whether a symbolic link to a folder of ours may be followed: who made it decides where it leads. */
export function isLinkToTrust(stats: Pick<Stats, 'uid'>, userId = ownUserId()): boolean {
  return userId === undefined || stats.uid === userId || stats.uid === ROOT;
}

/** Whether others than the trusted users may put something else in the place of what those have in a folder. */
export function canOthersRenameIn(
  { uid, mode }: Pick<Stats, 'uid' | 'mode'>,
  trustedUserIds: readonly number[],
): boolean {
  if (!trustedUserIds.includes(uid)) return true;
  return (mode & (GROUP_MAY_WRITE | ALL_MAY_WRITE)) !== 0 && (mode & STICKY) === 0;
}
