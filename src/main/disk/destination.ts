/**
 * Where a download goes: what the user's destination means, the name of the file that grows
 * beside it, and the move to the final name. An existing file is never overwritten unless the
 * user said so, also when it appears while the download runs.
 */
import { randomBytes } from 'node:crypto';
import { constants, type Stats } from 'node:fs';
import { access, link, lstat, readdir, rename, stat, statfs, unlink } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { MAX_NAME_BYTES, MiB } from '../../net/limits.js';
import { UnderWay } from '../../net/under-way.js';
import { NameLooks } from './name-looks.js';

/** What may lie where a download goes: nothing; a file that may be replaced; a folder to complete. */
export type Replaceable = 'nothing' | 'file' | 'folder';

/**
 * The absolute path of the finished file or folder. `destination` is absolute: a folder to put it
 * into, or its own path.
 * @throws StorageError NO_DESTINATION, DESTINATION_EXISTS or PERMISSION_DENIED
 */
export async function resolveDestination(
  destination: string,
  fileName: string,
  replaceable: Replaceable,
): Promise<string> {
  const inside = join(destination, fileName);
  // Most destinations are folders; each wait costs more than looking in vain.
  const [outer, inner] = await Promise.all([
    kindOfFolder(destination),
    kindInside(destination, fileName),
  ]);
  const isFolder = outer === 'folder';
  const path = isFolder ? inside : destination;
  if (!isFolder && destination.endsWith(sep)) throw noFolder(destination);
  if (!isFolder && (await kindOf(dirname(path))) !== 'folder') throw noFolder(dirname(path));
  requirePlace(path, isFolder ? inner : outer, replaceable);
  // Bytes that are no UTF-8 came as this: the file would get another name than the one that was given.
  if (!isFolder && outer === 'nothing' && destination.includes('\uFFFD')) {
    throw new StorageError(
      'NO_DESTINATION',
      `cannot create ${path}: its name is not text in UTF-8; give another name`,
    );
  }
  const folder = dirname(path);
  await writing.share(folder, () => requireWritable(folder));
  return path;
}

/** Many downloads that begin together mostly go into one folder: one look at it serves them all. */
const looking = new UnderWay<Kind>();
const names = new NameLooks(readdir);
const writing = new UnderWay<void>();

function kindOfFolder(destination: string): Promise<Kind> {
  return looking.share(destination, () => kindOf(destination));
}

/** A list knows names as they are written: another one for the same file is met when it is placed. */
async function kindInside(folder: string, name: string): Promise<Kind> {
  return (await names.mayBeTaken(folder, name)) ? kindOf(join(folder, name)) : 'nothing';
}

async function requireWritable(folder: string): Promise<void> {
  try {
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw toStorageError(cause, `cannot write to ${folder}`, 'create');
  }
}

/**
 * The file that grows until the download is verified: beside the final one, so that the last
 * step is a rename, and with a mark that nobody can foresee, so that two clients never share it
 * and nobody else is there first. The library remembers it.
 */
export function partPathOf(path: string, mark = randomBytes(4).toString('hex')): string {
  const suffix = `.${mark}.part`;
  const name = Buffer.from(basename(path));
  const kept = name.subarray(0, MAX_NAME_BYTES - suffix.length).toString('utf8');
  // A cut through the middle of a character leaves its replacement, which is longer: drop it.
  const stem = name.length + suffix.length <= MAX_NAME_BYTES ? kept : kept.replace(/\uFFFD+$/, '');
  return join(dirname(path), stem + suffix);
}

/** The folder in which the download of a folder grows, hidden; see `partPathOf`. */
export function partFolderPathOf(path: string, mark?: string): string {
  const name = `.${basename(path)}`;
  return partPathOf(join(dirname(path), name), mark);
}

/** What a disk says that tells nothing, or cannot be asked. */
const UNKNOWN_SPACE = { blocks: 0, bavail: 0, bsize: 0 };

/**
 * Makes sure that `bytes` more fit on the disk of a folder, as far as it tells: some (ramfs, many of
 * FUSE) tell nothing, and then trying says more than refusing.
 * @throws StorageError DISK_FULL saying how much is missing
 */
export async function requireFreeSpace(folder: string, bytes: number): Promise<void> {
  const free = await freeBytesOf(folder);
  if (free === undefined || free >= bytes) return;
  const needed = Math.ceil((bytes - free) / MiB);
  throw new StorageError(
    'DISK_FULL',
    `${folder} lacks ${needed} MiB of free space for this file; free some and try again`,
  );
}

/** Bytes that still fit on the disk of a folder; undefined where it does not say. */
export async function freeBytesOf(folder: string): Promise<number | undefined> {
  const { blocks, bavail, bsize } = await statfs(folder).catch(() => UNKNOWN_SPACE);
  return blocks === 0 ? undefined : bavail * bsize;
}

/**
 * Gives the verified file its final name.
 * @throws StorageError DESTINATION_EXISTS when someone else has taken the name meanwhile; the
 *   verified bytes stay in `partPath`; `shown` is the path as people know it
 */
export async function placeFile(
  partPath: string,
  path: string,
  overwrite: boolean,
  shown = path,
): Promise<void> {
  try {
    if (overwrite) {
      // Another thing may lie there by now than when the download began.
      requirePlace(shown, await kindOf(path), 'file');
      await rename(partPath, path);
    } else await renameWithoutClobber(partPath, path, shown);
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw toStorageError(cause, `cannot give the finished file its name ${shown}`, 'create');
  }
}

/** link() fails where the name is taken, in one step; rename() would silently replace it. */
async function renameWithoutClobber(from: string, to: string, shown: string): Promise<void> {
  try {
    await link(from, to);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw alreadyExists(shown);
    // A file system without hard links (FAT, some network mounts).
    if ((await kindOf(to)) !== 'nothing') throw alreadyExists(shown);
    await rename(from, to);
    return;
  }
  await removeOldName(from);
}

/** The file has its final name, so the download is done; a name too many costs no space. */
async function removeOldName(path: string): Promise<void> {
  await unlink(path)
    .catch(() => unlink(path))
    .catch(() => undefined);
}

/** What lies at a path, links followed; `lost-link` leads nowhere. */
type Kind = 'nothing' | 'file' | 'folder' | 'lost-link' | 'device' | 'pipe' | 'socket';

/**
 * Only a file may make room for the new one, and only when the user said so. A link to a file goes
 * the way of any other file: it is replaced, and what it leads to stays as it is.
 * @throws StorageError DESTINATION_EXISTS
 */
function requirePlace(path: string, kind: Kind, replaceable: Replaceable): void {
  if (kind === 'nothing' || kind === replaceable) return;
  if (kind === 'file') throw alreadyExists(path);
  const what = kind === 'lost-link' ? 'link that leads nowhere' : kind;
  throw new StorageError(
    'DESTINATION_EXISTS',
    `${path} is a ${what}; a download goes to a file, so choose another destination`,
  );
}

async function kindOf(path: string): Promise<Kind> {
  let isLink = false;
  try {
    const stats = await lstat(path);
    isLink = stats.isSymbolicLink();
    return kindIn(isLink ? await stat(path) : stats);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT') return isLink ? 'lost-link' : 'nothing';
    if (code === 'ENOTDIR') return 'nothing';
    throw toStorageError(cause, `cannot look at ${path}`, 'read');
  }
}

function kindIn(stats: Stats): Kind {
  if (stats.isDirectory()) return 'folder';
  if (stats.isFIFO()) return 'pipe';
  if (stats.isSocket()) return 'socket';
  return stats.isFile() ? 'file' : 'device';
}

function noFolder(path: string): StorageError {
  return new StorageError(
    'NO_DESTINATION',
    `the folder ${path} does not exist; create it or choose another`,
  );
}

/** What a download to a name that is taken ends with. */
export function alreadyExists(path: string): StorageError {
  return new StorageError(
    'DESTINATION_EXISTS',
    `${path} exists already; choose another destination, or say --overwrite`,
  );
}
