/**
 * Where the single executable keeps the files of the program: threads and other processes load code by its path.
 * The folder is made when it is missing or not whole, has the id of what is in it in its name, and is believed only
 * where nobody but us may write, as the folder of compiled code is (cache-folder.ts), and nobody but us and root may
 * rename a folder above it. So root uses no place in the home of somebody else.
 */
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  fsyncSync,
  lstatSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, isAbsolute, join } from 'node:path';
import { folderFlaw, ownUserId } from '../net/own-folder.js';
import { userHome } from '../net/user-home.js';
import { safePathOf } from './own-path.js';

/** One file of the program. */
export interface PackedFile {
  /** Below the folder, with `/`. */
  readonly path: string;
  /** Bytes. */
  readonly size: number;
}

/** All of the program. */
export interface PackedProgram {
  /** Hex digits of a hash over all of it. */
  readonly id: string;
  readonly files: readonly PackedFile[];
  readonly read: (path: string) => Uint8Array;
}

const PREFIX = 'exe-';
/** What a system answers who renames a folder to where something lies already. */
const TAKEN = new Set(['ENOTEMPTY', 'EEXIST', 'ENOTDIR', 'EPERM', 'EACCES']);
const OWN_SCRIPT = /[\\/]exe-[0-9a-f]+[\\/]([^]+)$/;

/** The folder with all files, made if need be. @throws what the file system says where none can be made */
export function unpackedFolder(program: PackedProgram, env: NodeJS.ProcessEnv): string {
  let fault: Error | undefined;
  for (const place of places(env)) {
    try {
      const own = ownPlace(place);
      if (own !== undefined) return unpackedIn(join(own, PREFIX + program.id), program);
    } catch (error) {
      fault ??= error as Error;
    }
  }
  throw fault ?? new Error('other users may change what lies in every folder for it');
}

/** The file of the program that such a path names, of whichever version it was; undefined of any other word. */
export function ownScript(word: string | undefined, { files }: PackedProgram): string | undefined {
  const path = OWN_SCRIPT.exec(word ?? '')?.[1]?.replaceAll('\\', '/');
  return files.some((file) => file.path === path) ? path : undefined;
}

/** The first one in which there may be a folder of ours is taken. */
function* places({ XDG_CACHE_HOME, ...env }: NodeJS.ProcessEnv): Iterable<string> {
  if (XDG_CACHE_HOME && isAbsolute(XDG_CACHE_HOME)) yield join(XDG_CACHE_HOME, 'p2p');
  const user = userHome(env);
  if (user !== undefined) yield join(user, '.cache', 'p2p');
  yield join(tmpdir(), `p2p-${ownUserId() ?? 'exe'}`);
}

/**
 * Made with the folder above it, but no further: a home that is not there is not made. Undefined where others may
 * write.
 */
function ownPlace(place: string): string | undefined {
  const above = folderIn(dirname(dirname(place)), basename(dirname(place)));
  const own = above && folderIn(above, basename(place));
  return own && folderFlaw(lstatSync(own)) === undefined ? own : undefined;
}

/** Nothing is made where it would not be used. */
function folderIn(above: string, name: string): string | undefined {
  const safe = safePathOf(above);
  if (safe === undefined) return undefined;
  const path = join(safe, name);
  if (path !== safe) makeFolder(path);
  return path;
}

function makeFolder(path: string): void {
  try {
    mkdirSync(path, { mode: 0o700 });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
}

function unpackedIn(folder: string, program: PackedProgram): string {
  if (isWhole(folder, program)) return folder;
  const temporary = `${folder}.${randomBytes(6).toString('hex')}`;
  try {
    for (const { path } of program.files) writeFile(join(temporary, path), program.read(path));
    putInPlace(temporary, folder, program);
  } catch (error) {
    if (!isWhole(folder, program)) throw error;
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
  return folder;
}

/** What another process has put there meanwhile stays, because that runs from it. */
function putInPlace(temporary: string, folder: string, program: PackedProgram): void {
  try {
    renameSync(temporary, folder);
  } catch (error) {
    if (!TAKEN.has((error as NodeJS.ErrnoException).code ?? '')) throw error;
    if (!isWhole(folder, program)) replace(temporary, folder, program);
  }
}

/** What is there is broken; until that is out of the way it may have been replaced by another process. */
function replace(temporary: string, folder: string, program: PackedProgram): void {
  const aside = `${temporary}.old`;
  try {
    renameSync(folder, aside);
    renameSync(isWhole(aside, program) ? aside : temporary, folder);
  } finally {
    rmSync(aside, { recursive: true, force: true });
  }
}

function isWhole(folder: string, { files }: PackedProgram): boolean {
  try {
    if (folderFlaw(lstatSync(folder)) !== undefined) return false;
    return files.every(({ path, size }) => {
      const stats = lstatSync(join(folder, path));
      return stats.isFile() && stats.size === size;
    });
  } catch {
    // It is made then; that fails by itself where nothing can be read.
    return false;
  }
}

/** On the disk before the folder has its name: a size alone would not show what a power cut has taken. */
function writeFile(path: string, bytes: Uint8Array): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const fd = openSync(path, 'wx', 0o600);
  try {
    for (let at = 0; at < bytes.length;) at += writeSync(fd, bytes, at);
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}
