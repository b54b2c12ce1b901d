/**
 * Where a control socket lies, of a home or of a tracker. Inside the folder when its path fits into a socket
 * address, else under a short hashed name in a folder that is ours alone: a folder that
 * somebody else made in a shared place is refused, never used.
 */
import { createHash } from 'node:crypto';
import { lchown, lstat, mkdir, realpath } from 'node:fs/promises';
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
 * The path of the control socket for a folder of ours.
 * @throws StorageError when the folder for it cannot be trusted or created
 */
export async function socketPathFor(
  place: SocketPlace,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const inside = join(place.folder, place.name);
  if (fitsSocketAddress(inside)) return inside;
  let failure: unknown = tooLong(place);
  for (const folder of shortFolders(env)) {
    const path = join(folder, shortNameOf(place.folder));
    if (!fitsSocketAddress(path)) continue;
    try {
      await mkdir(folder, { mode: 0o700 });
    } catch (error) {
      if (!isThere(error)) {
        // After `su` XDG_RUNTIME_DIR is still somebody else's: the next one may do.
        failure = notMade(folder, error);
        continue;
      }
      await refuseUnlessOf(process.getuid?.(), folder, place);
    }
    return path;
  }
  throw failure;
}

export interface CommonSocketOptions {
  /** Makes the folder in which it lies, for who listens there; who asks leaves nothing behind. */
  readonly isMade: boolean;
}

/**
 * The path of a socket that others find too: it follows from the folder and its owner alone, whoever asks, by
 * whichever path, whatever their surroundings.
 * @throws StorageError when the folder for it cannot be trusted or created
 */
export async function commonSocketPath(
  place: SocketPlace,
  { isMade }: CommonSocketOptions,
): Promise<string> {
  const { folder: ofFolder, uid, gid } = await realFolder(place);
  const inside = join(ofFolder, place.name);
  if (fitsSocketAddress(inside)) return inside;
  const folder = `/tmp/p2p-${uid}`;
  try {
    if (isMade) {
      await mkdir(folder, { mode: 0o700 });
      // Made by root for somebody else, whose it has to be the next time.
      if (process.getuid?.() !== uid) await lchown(folder, uid, gid);
    }
  } catch (error) {
    if (!isThere(error)) throw notMade(folder, error);
  }
  await refuseUnlessOf(uid, folder, place);
  return join(folder, shortNameOf(ofFolder));
}

/** Where a folder is by a path without links, and whose. */
async function realFolder({ folder, what }: SocketPlace) {
  try {
    const path = await realpath(folder);
    const { uid, gid } = await lstat(path);
    return { folder: path, uid, gid };
  } catch (error) {
    throw toStorageError(error, `looking at ${what} ${folder}`, 'read');
  }
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

function shortNameOf(folder: string): string {
  return `${createHash('sha256').update(folder).digest('hex').slice(0, 16)}.sock`;
}

function isThere(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'EEXIST';
}

function tooLong({ folder, what, remedy }: SocketPlace): StorageError {
  return new StorageError(
    'NO_DESTINATION',
    `the path of ${what} ${folder} is too long for a socket; ${remedy}`,
  );
}

function notMade(folder: string, error: unknown): StorageError {
  return toStorageError(error, `cannot create the folder ${folder} for the control socket`);
}

/** One that is not there is nobody's; `owner` is undefined where the platform has no such numbers. */
async function refuseUnlessOf(
  owner: number | undefined,
  path: string,
  { folder, remedy }: SocketPlace,
): Promise<void> {
  // lstat: a symbolic link planted by somebody else must not lead us elsewhere.
  const stats = await lstat(path).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(error, `cannot look at the folder ${path} for the control socket`);
  });
  if (stats === undefined) return;
  const isTheirs = owner === undefined || stats.uid === owner;
  if (!stats.isDirectory() || !isTheirs || (stats.mode & 0o077) !== 0) {
    const user = owner === process.getuid?.() ? 'you' : `the owner of ${folder}`;
    throw new StorageError(
      'PERMISSION_DENIED',
      `${path}, where the socket of a folder with a long path lies, is not a folder that only ${user} can use; remove it, or ${remedy}`,
    );
  }
}
