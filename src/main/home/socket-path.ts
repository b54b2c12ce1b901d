/**
 * Where the control socket of a home lies. Inside the home when its path fits into a socket
 * address, else under a short hashed name in a folder that is ours alone: a folder that
 * somebody else made in a shared place is refused, never used.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { MAX_SOCKET_PATH_BYTES } from '../../net/limits.js';

const SOCKET_NAME = 'control.sock';

/**
 * The path of the control socket for a home folder.
 * @throws StorageError when the folder for it cannot be trusted or created
 */
export async function socketPathFor(
  homePath: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const inside = join(homePath, SOCKET_NAME);
  if (fitsSocketAddress(inside)) return inside;
  const name = `${createHash('sha256').update(homePath).digest('hex').slice(0, 16)}.sock`;
  let failure: unknown = new StorageError(
    'NO_DESTINATION',
    `the path of the home folder ${homePath} is too long for a socket; name a shorter one with P2P_HOME`,
  );
  for (const folder of shortFolders(env)) {
    if (!fitsSocketAddress(join(folder, name))) continue;
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EEXIST') {
        // After `su` XDG_RUNTIME_DIR is still somebody else's: the next one may do.
        failure = toStorageError(
          error,
          `cannot create the folder ${folder} for the control socket`,
        );
        continue;
      }
      await refuseUnlessOurs(folder);
    }
    return join(folder, name);
  }
  throw failure;
}

function fitsSocketAddress(path: string): boolean {
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH_BYTES;
}

/** Folders that may hold sockets, best first. */
function shortFolders(env: Readonly<Record<string, string | undefined>>): string[] {
  const runtime = env.XDG_RUNTIME_DIR;
  const owner = process.getuid?.() ?? userInfo().username;
  const shared = [tmpdir(), '/tmp'].map((folder) => join(folder, `p2p-${owner}`));
  return runtime && isAbsolute(runtime) ? [join(runtime, 'p2p'), ...shared] : shared;
}

async function refuseUnlessOurs(path: string): Promise<void> {
  // lstat: a symbolic link planted by somebody else must not lead us elsewhere.
  const stats = await lstat(path).catch((error: unknown) => {
    throw toStorageError(error, `cannot look at the folder ${path} for the control socket`);
  });
  const isOurs = process.getuid === undefined || stats.uid === process.getuid();
  if (!stats.isDirectory() || !isOurs || (stats.mode & 0o077) !== 0) {
    throw new StorageError(
      'PERMISSION_DENIED',
      `${path} is not a folder that only you can use; remove it, or name a shorter home folder with P2P_HOME`,
    );
  }
}
