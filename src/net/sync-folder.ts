/**
 * Makes the names in a folder outlive a power cut. What has its name in there is found again; the
 * folder itself is only found if its own name, in the folder above, is as safe.
 */
import { constants, open } from 'node:fs/promises';

/** What a platform lacks of these is none of its dangers. */
const { O_RDONLY, O_DIRECTORY = 0, O_NONBLOCK = 0 } = constants;

/** Syncs a folder once. @throws what the file system says, as Node's own error */
export async function syncFolder(folder: string): Promise<void> {
  try {
    const handle = await open(folder, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
    try {
      await handle.sync();
    } finally {
      await handle.close();
    }
  } catch (error) {
    if (!isImpossible((error as NodeJS.ErrnoException).code)) throw error;
  }
}

/**
 * EINVAL, ENOTSUP, ENOSYS: a file system that knows no sync of folders (some of FUSE and of
 * networks); its names are as safe as it makes them, and refusing to use it helps nobody.
 * EACCES: a folder into which this user may write and not look.
 */
function isImpossible(code: string | undefined): boolean {
  return ['EINVAL', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EACCES'].includes(code ?? '');
}
