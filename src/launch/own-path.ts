/**
 * Whether a folder can be put in the place of another by somebody else: whoever may rename one of the folders above
 * ours decides what lies at our path, whatever its own mode is. Code is run only from below folders of which none is so.
 */
import { lstatSync, realpathSync } from 'node:fs';
import { dirname } from 'node:path';
import { canOthersRenameIn, ownUserId } from '../net/own-folder.js';

/**
 * The real path of a folder in which and above which only we and root may rename what is ours; undefined of any other.
 * Links are followed: it is the path that is answered which is to be used. @throws what the file system says
 */
export function safePathOf(folder: string): string | undefined {
  const path = realpathSync(folder);
  return foldersDownTo(path).every(isSafe) ? path : undefined;
}

function foldersDownTo(path: string): string[] {
  const above = dirname(path);
  return above === path ? [path] : [...foldersDownTo(above), path];
}

function isSafe(folder: string, _index: number, [root]: readonly string[]): boolean {
  const userId = ownUserId();
  if (userId === undefined) return true;
  // Whoever owns the topmost folder may do everything: in a sandbox root has another number.
  const trusted = [userId, 0, lstatSync(root!).uid];
  return !canOthersRenameIn(lstatSync(folder), trusted);
}
