/**
 * A file that shares its bytes on the disk with another one, where the file system can do that (btrfs, xfs,
 * bcachefs): it costs neither room nor time. What is in it then is checked like bytes of anybody; the other
 * file may change as it likes. Elsewhere nothing is done, and nothing said.
 */
import { constants, copyFile, lstat, mkdir, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { fstat, fchmod, ftruncate } from 'node:fs';
import { promisify } from 'node:util';
import { createFile } from './open-files.js';

const [statOf, setMode, setSize] = [promisify(fstat), promisify(fchmod), promisify(ftruncate)];

const PERMISSIONS = 0o777;

/** What a system says that cannot do it between these two files, and could not between others. */
const UNABLE = new Set(['ENOTSUP', 'EOPNOTSUPP', 'EXDEV', 'EINVAL', 'ENOSYS', 'ENOTTY']);

/** `unable`: nor can others on this file system. */
export type Cloning = 'cloned' | 'not-cloned' | 'unable';

/** Makes a file at a path in a folder that is ours alone, with the folders on the way. */
export async function cloneTo(from: string, size: number, path: string): Promise<Cloning> {
  if (process.platform !== 'linux') return 'unable';
  if (!(await isFileOf(from, size))) return 'not-cloned';
  const made = await mkdir(dirname(path), { recursive: true }).then(
    () => createFile(path),
    () => undefined,
  );
  if (!made) return 'not-cloned';
  try {
    const outcome = await cloneInto(from, size, made.fd);
    // Else it would be taken for one that grows.
    if (outcome !== 'cloned') await rm(path, { force: true });
    return outcome;
  } catch {
    return 'not-cloned';
  } finally {
    await made.release();
  }
}

/** The same into a file that is open, and has nothing in it that counts. */
export async function cloneInto(from: string, size: number, fd: number): Promise<Cloning> {
  if (process.platform !== 'linux') return 'unable';
  if (!(await isFileOf(from, size))) return 'not-cloned';
  try {
    // A copy takes over the mode of its source; the finished file has that of any new one.
    const { mode } = await statOf(fd);
    const outcome = await copyFile(
      from,
      `/proc/self/fd/${fd}`,
      constants.COPYFILE_FICLONE_FORCE,
    ).then(
      () => 'cloned' as const,
      ({ code = '' }: NodeJS.ErrnoException) => (UNABLE.has(code) ? 'unable' : 'not-cloned'),
    );
    await setMode(fd, mode & PERMISSIONS);
    await setSize(fd, size);
    return outcome;
  } catch {
    return 'not-cloned';
  }
}

/** A pipe in its place would wait for somebody. */
async function isFileOf(path: string, size: number): Promise<boolean> {
  const stats = await lstat(path).catch(() => undefined);
  return stats?.isFile() === true && stats.size === size;
}
