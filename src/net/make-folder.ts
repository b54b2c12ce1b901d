/**
 * Makes a folder and those above it that are missing, each with its name on the disk: what is synced in
 * a folder is lost with its name. Node's own recursive mkdir never returns
 * where a folder exists in which none can be made (for instance below /proc).
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { syncFolder } from './sync-folder.js';

/**
 * Makes `path` with `mode`; a folder that is there is left as it is.
 * @throws what the file system says, as Node's own error
 */
export async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await makeOne(path, mode);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path), mode);
    // Once more, and no more: with its parent there, what it says now is the answer.
    await makeOne(path, mode);
  }
}

async function makeOne(path: string, mode: number): Promise<void> {
  await mkdir(path, { mode });
  await syncFolder(dirname(path));
}
