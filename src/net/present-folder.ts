/**
 * The folder in which this process was started, also when it has been deleted meanwhile. The system answers
 * with an error then, and packages ask it while they load; so such a process moves to the root first.
 * Relative paths still start in the deleted folder, and lead nowhere.
 */
import { readlinkSync } from 'node:fs';

/** The bundles have copies of this file each; what is found out by one all of them know. */
const DELETED = Symbol.for('p2p.deleted-present-folder');

const known = globalThis as { [DELETED]?: string };

/** To be called before anything else is loaded. */
export function leaveDeletedFolder(): void {
  try {
    process.cwd();
  } catch {
    known[DELETED] = deletedFolder();
    process.chdir('/');
  }
}

/** The folder in which relative paths start. */
export function presentFolder(): string {
  return known[DELETED] ?? process.cwd();
}

/** True when no relative path leads anywhere. */
export function isPresentFolderDeleted(): boolean {
  return known[DELETED] !== undefined;
}

/** Its former path, with ` (deleted)` after it where Linux says so. */
function deletedFolder(): string {
  try {
    return readlinkSync('/proc/self/cwd');
  } catch {
    return process.env['PWD'] ?? '/the present folder has been deleted';
  }
}
