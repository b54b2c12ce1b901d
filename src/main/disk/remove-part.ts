/**
 * Removes a part file that nobody wants any more. Others may be able to write to its folder, so what has its name
 * is removed only if it can be nothing else: a plain file of ours, without a second name.
 */
import type { Stats } from 'node:fs';
import { lstat, opendir, readdir, rm, unlink } from 'node:fs/promises';
import { join } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';

/** What became of a part file; `foreign` is something else that has its name, and stays. */
export type PartRemoval =
  { readonly kind: 'removed'; readonly bytes: number } | { readonly kind: 'nothing' | 'foreign' };

const BYTES_PER_BLOCK = 512;

/** @throws StorageError */
export async function removePart(partPath: string): Promise<PartRemoval> {
  try {
    const stats = await lstat(partPath);
    const isOurs = process.getuid === undefined || stats.uid === process.getuid();
    const isPrivate = (stats.mode & 0o077) === 0;
    if (stats.isDirectory() && isOurs && isPrivate) {
      const names = await readdir(partPath);
      if (names.length > 0 && !names.includes('pack')) return { kind: 'foreign' };
      const bytes = await bytesUnder(partPath);
      await emptyPartFolder(partPath);
      await rm(partPath, { recursive: true });
      return { kind: 'removed', bytes };
    }
    if (!stats.isFile() || stats.nlink > 1 || !isOurs) return { kind: 'foreign' };
    await unlink(partPath);
    return { kind: 'removed', bytes: stats.blocks * BYTES_PER_BLOCK };
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ENOTDIR') return { kind: 'nothing' };
    throw toStorageError(cause, `cannot remove ${partPath}`);
  }
}

/** The same of what does no harm where it cannot be removed, or is something else. */
export async function dropPart(partPath: string): Promise<void> {
  await removePart(partPath).catch((error: unknown) => {
    if (!(error instanceof StorageError)) throw error;
  });
}

/** The same where others may foresee the name: a file goes only if it is as long as our part is from its first moment. */
export async function dropPartOfSize(partPath: string, size: number): Promise<void> {
  const left = await lstat(partPath).catch(() => undefined);
  if (left && (left.isDirectory() || [size, 0].includes(left.size))) await dropPart(partPath);
}

/** Takes the second name of a finished file away, which it has kept when somebody was killed between the two. */
export async function dropSecondName(partPath: string, path: string): Promise<void> {
  const look = (name: string): Promise<Stats | undefined> => lstat(name).catch(() => undefined);
  const [part, placed] = await Promise.all([look(partPath), look(path)]);
  const isSame = part?.isFile() === true && part.ino === placed?.ino && part.dev === placed.dev;
  // It does no harm where it stays.
  if (isSame) await unlink(partPath).catch(() => undefined);
}

/**
 * Removes what is in the folder of a part. The pack goes last: it tells that the folder is ours, should we be
 * killed on the way.
 */
export async function emptyPartFolder(path: string): Promise<void> {
  const names = (await readdir(path)).filter((name) => name !== 'pack');
  for (const name of [...names, 'pack'])
    await rm(join(path, name), { recursive: true, force: name === 'pack' });
}

async function bytesUnder(folder: string): Promise<number> {
  let bytes = 0;
  for await (const { parentPath, name } of await opendir(folder, { recursive: true })) {
    bytes += (await lstat(join(parentPath, name))).blocks * BYTES_PER_BLOCK;
  }
  return bytes;
}
