/**
 * Creates a folder and those above it. Not mkdir's own recursion: where the system refuses a
 * new folder although the one above exists (as below /proc), that one never ends.
 */
import { mkdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';

/** Makes sure that a folder exists; new ones get `mode`. Rejects as mkdir does. */
export async function makeFolders(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST' && (await stat(path)).isDirectory()) return;
    if (code !== 'ENOENT' || dirname(path) === path) throw error;
    if (await isThere(dirname(path))) throw error;
    await makeFolders(dirname(path), mode);
    await makeFolders(path, mode);
  }
}

function isThere(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
