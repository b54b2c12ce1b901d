/**
 * Where a control socket lies, of a home or of a tracker. Inside the folder when its path fits into a socket
 * address, else under a short hashed name in a folder that is ours alone: a folder that
 * somebody else made in a shared place is refused, never used.
 */
import { createHash } from 'node:crypto';
import { lstat, mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { isAbsolute, join } from 'node:path';
import { StorageError, toStorageError } from './errors.js';
import { MAX_SOCKET_PATH_BYTES } from './limits.js';

export interface SocketPlace {
  /** The folder that it is for, which is its owner's alone. */
  readonly folder: string;
  /** What it is called there. */
  readonly name: string;
  /** What the folder is, and what helps when its path is too long, for messages. */
  readonly what: string;
  readonly remedy: string;
}

/**
 * The path of the control socket for a folder.
 * @throws StorageError when the folder for it cannot be trusted or created
 */
export async function socketPathFor(
  { folder: ofFolder, name: ownName, what, remedy }: SocketPlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const inside = join(ofFolder, ownName);
  if (fitsSocketAddress(inside)) return inside;
  const name = `${createHash('sha256').update(ofFolder).digest('hex').slice(0, 16)}.sock`;
  let failure: unknown = new StorageError(
    'NO_DESTINATION',
    `the path of ${what} ${ofFolder} is too long for a socket; ${remedy}`,
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
      await refuseUnlessOurs(folder, remedy);
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

async function refuseUnlessOurs(path: string, remedy: string): Promise<void> {
  // lstat: a symbolic link planted by somebody else must not lead us elsewhere.
  const stats = await lstat(path).catch((error: unknown) => {
    throw toStorageError(error, `cannot look at the folder ${path} for the control socket`);
  });
  const isOurs = process.getuid === undefined || stats.uid === process.getuid();
  if (!stats.isDirectory() || !isOurs || (stats.mode & 0o077) !== 0) {
    throw new StorageError(
      'PERMISSION_DENIED',
      `${path}, where the socket of a folder with a long path lies, is not a folder that only you can use; remove it, or ${remedy}`,
    );
  }
}
