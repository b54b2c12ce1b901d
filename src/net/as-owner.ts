/**
 * Work in a folder of somebody else, by root. What is there may have been put there to be followed (a link to a file
 * that only root may write), so root works with the rights of the owner, and what is made is theirs. Where the owner
 * does not come to the folder by its name (systemd keeps those of a dynamic user where only root looks), root stays
 * root: then whoever works gives what it makes away, by the `Owner` that it is handed, and follows no link.
 * Rights belong to the whole process, so this is for commands that do nothing else meanwhile.
 */
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Who is to have what root makes. */
export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

/** Runs work in a folder, which may be missing: then the nearest one above it that is there says whose it will be. */
export async function asOwnerOf<T>(
  folder: string,
  work: (heir: Owner | undefined) => Promise<T>,
): Promise<T> {
  if (process.getuid?.() !== 0) return work(undefined);
  const { path, uid, gid } = await nearest(folder);
  if (uid === 0) return work(undefined);
  const giveBack = become({ uid, gid });
  if (giveBack === undefined) return work({ uid, gid });
  try {
    if (await isReached(path)) return await work(undefined);
  } finally {
    giveBack();
  }
  return work({ uid, gid });
}

async function nearest(path: string): Promise<Owner & { readonly path: string }> {
  try {
    const { uid, gid } = await stat(path);
    return { path, uid, gid };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT' || dirname(path) === path) throw error;
    return nearest(dirname(path));
  }
}

/** Takes the rights of somebody; undefined where root may not do that. */
function become({ uid, gid }: Owner): (() => void) | undefined {
  const before = { groups: process.getgroups!(), gid: process.getegid!() };
  const giveBack = (): void => {
    process.seteuid!(0);
    process.setegid!(before.gid);
    process.setgroups!(before.groups);
  };
  try {
    process.setgroups!([gid]);
    process.setegid!(gid);
    process.seteuid!(uid);
    return giveBack;
  } catch (error) {
    giveBack();
    if ((error as NodeJS.ErrnoException).code === 'EPERM') return undefined;
    throw error;
  }
}

async function isReached(path: string): Promise<boolean> {
  try {
    await stat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EACCES') return false;
    throw error;
  }
}
