/**
 * Where a download goes: what the user's destination means, the name of the file that grows
 * beside it, and the move to the final name. An existing file is never overwritten unless the
 * user said so, also when it appears while the download runs.
 */
import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import { access, link, lstat, rename, stat, statfs, unlink } from 'node:fs/promises';
import { basename, dirname, join, sep } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { MAX_NAME_BYTES } from '../../net/limits.js';

/**
 * The absolute path of the finished file. `destination` is absolute: a folder, or a file path.
 * @throws StorageError NO_DESTINATION, DESTINATION_EXISTS or PERMISSION_DENIED
 */
export async function resolveDestination(
  destination: string,
  fileName: string,
  overwrite: boolean,
): Promise<string> {
  const inside = join(destination, fileName);
  // Most destinations are folders; each wait costs more than looking in vain.
  const [outer, inner] = await Promise.all([kindOf(destination), kindOf(inside)]);
  const isFolder = outer === 'folder';
  const path = isFolder ? inside : destination;
  if (!isFolder && destination.endsWith(sep)) throw noFolder(destination);
  if (!isFolder && (await kindOf(dirname(path))) !== 'folder') throw noFolder(dirname(path));
  const kind = isFolder ? inner : outer;
  if (kind === 'folder') {
    throw new StorageError('DESTINATION_EXISTS', `${path} is a folder; choose another destination`);
  }
  if (kind === 'file' && !overwrite) throw alreadyExists(path);
  try {
    await access(dirname(path), constants.W_OK | constants.X_OK);
  } catch (cause) {
    throw toStorageError(cause, `cannot write to ${dirname(path)}`);
  }
  return path;
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

/**
 * Makes sure that `bytes` more fit on the disk of a folder.
 * @throws StorageError DISK_FULL saying how much is missing, or what the disk said
 */
export async function requireFreeSpace(folder: string, bytes: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot look at ${folder}`);
  });
  const free = bavail * bsize;
  if (free >= bytes) return;
  const needed = Math.ceil((bytes - free) / 1e6);
  throw new StorageError(
    'DISK_FULL',
    `${folder} lacks ${needed} MB of free space for this file; free some and try again`,
  );
}

/**
 * Gives the verified file its final name.
 * @throws StorageError DESTINATION_EXISTS when someone else has taken the name meanwhile; the
 *   verified bytes stay in `partPath`
 */
export async function placeFile(partPath: string, path: string, overwrite: boolean): Promise<void> {
  try {
    if (overwrite) await rename(partPath, path);
    else await renameWithoutClobber(partPath, path);
  } catch (cause) {
    if (cause instanceof StorageError) throw cause;
    throw toStorageError(cause, `cannot give the finished file its name ${path}`);
  }
}

/** link() fails where the name is taken, in one step; rename() would silently replace it. */
async function renameWithoutClobber(from: string, to: string): Promise<void> {
  try {
    await link(from, to);
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw alreadyExists(to);
    // A file system without hard links (FAT, some network mounts).
    if ((await kindOf(to)) !== 'nothing') throw alreadyExists(to);
    await rename(from, to);
    return;
  }
  await unlink(from);
}

async function kindOf(path: string): Promise<'folder' | 'file' | 'nothing'> {
  try {
    return (await stat(path)).isDirectory() ? 'folder' : 'file';
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    // A link that leads nowhere takes the name all the same.
    if (code === 'ENOENT')
      return lstat(path).then(
        () => 'file' as const,
        () => 'nothing' as const,
      );
    if (code === 'ENOTDIR') return 'nothing';
    throw toStorageError(cause, `cannot look at ${path}`);
  }
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
