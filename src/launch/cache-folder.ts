/**
 * The folder in which compiled code is kept: `cache` in the client's home, or `p2p` in the folder that Node's own
 * variable NODE_COMPILE_CACHE names, for many homes at once. It is believed only in a
 * home that src/main/home/home.ts would accept, in which nobody but us may write, and above which nobody
 * but us and root may rename, because this code runs before that file does. The named folder has to be such a one
 * too, else the home is taken. No home is made for it, and one that nobody has used stays empty.
 */
import { lstatSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { dirname, isAbsolute, join, resolve } from 'node:path';
import { folderFlaw, isLinkToTrust } from '../net/own-folder.js';
import { isPresentFolderDeleted } from '../net/present-folder.js';
import { userHome } from '../net/user-home.js';
import { safePathOf } from './own-path.js';

/** Where code is kept: with that of other homes, else beside everything else of this one; undefined when there is none. */
export function cacheFolder(env: NodeJS.ProcessEnv): string | undefined {
  return sharedFolder(env) ?? homeFolder(env);
}

/** Made when it is missing, as Node does; undefined of a place in which others could put code. */
function sharedFolder({ NODE_COMPILE_CACHE: named }: NodeJS.ProcessEnv): string | undefined {
  if (named === undefined || !isAbsolute(named)) return undefined;
  const path = join(named, 'p2p');
  try {
    if (safePathOf(dirname(named)) === undefined) return undefined;
    makeFolder(named);
    if (!isOwnHome(named)) return undefined;
    makeFolder(path);
    return isCacheFolder(path) ? path : undefined;
  } catch {
    // A read-only disk, a file in its place: the home may do.
    return undefined;
  }
}

function homeFolder(env: NodeJS.ProcessEnv): string | undefined {
  const { P2P_HOME, XDG_DATA_HOME } = env;
  if (P2P_HOME) {
    if (!isAbsolute(P2P_HOME) && isPresentFolderDeleted()) return undefined;
    return join(resolve(P2P_HOME), 'cache');
  }
  // The XDG specification says that relative paths must be ignored.
  if (XDG_DATA_HOME && isAbsolute(XDG_DATA_HOME)) return join(XDG_DATA_HOME, 'p2p', 'cache');
  const user = userHome(env);
  return user === undefined ? undefined : join(user, '.local', 'share', 'p2p', 'cache');
}

/** Whether what lies in the folder may be run. @throws what the file system says */
export function isCacheFolder(path: string): boolean {
  return isOwnHome(dirname(path)) && folderFlaw(lstatSync(path)) === undefined;
}

/**
 * The same, after making the folder when only it is missing from a home that is used.
 * @throws what the file system says
 */
export function makeCacheFolder(path: string): boolean {
  const home = dirname(path);
  if (!isOwnHome(home) || readdirSync(home).length === 0) return false;
  makeFolder(path);
  return isCacheFolder(path);
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

/** A home may be a link, if we or root made it. */
function isOwnHome(path: string): boolean {
  const stats = lstatSync(path);
  if (safePathOf(path) === undefined) return false;
  if (!stats.isSymbolicLink()) return folderFlaw(stats) === undefined;
  return isLinkToTrust(stats) && folderFlaw(statSync(path)) === undefined;
}
