/**
 * What may lie where a program keeps a state file: a plain file that it may use, or nothing. Anything
 * else is named with the way out before it is opened, because what the system or a library says of a
 * folder, a link that leads nowhere or a file of another user helps nobody.
 */
import { access, constants, lstat, stat } from 'node:fs/promises';
import type { Stats } from 'node:fs';
import { StorageError, toStorageError } from './errors.js';

/** What the file is used for: a key is only read, a database also written. */
export type StateFileUse = 'read' | 'write';

const RIGHTS = {
  read: constants.R_OK,
  write: constants.R_OK | constants.W_OK,
} as const satisfies Record<StateFileUse, number>;

/**
 * The file at `path`, a link to one included; undefined when nothing is there. `what` begins the
 * messages, e.g. `the device key`.
 * @throws StorageError
 */
export async function stateFileAt(
  path: string,
  what: string,
  use: StateFileUse,
): Promise<Stats | undefined> {
  const found = await lookAt(lstat(path), path, what);
  if (found === undefined) return undefined;
  const stats = found.isSymbolicLink() ? await lookAt(stat(path), path, what) : found;
  if (stats === undefined) {
    throw damaged(
      `${what} ${path} is a link that leads nowhere; remove it, or bring back its target`,
    );
  }
  if (!stats.isFile()) {
    const kind = stats.isDirectory() ? 'a folder' : 'no plain file';
    throw damaged(`${what} ${path} is ${kind}; move it away and try again`);
  }
  return (await mayUse(path, what, use)) ? stats : undefined;
}

/** False when it has gone meanwhile: an engine takes the log of a database away a moment after that was closed. */
async function mayUse(path: string, what: string, use: StateFileUse): Promise<boolean> {
  try {
    await access(path, RIGHTS[use]);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    const may = use === 'read' ? 'read' : 'read and written';
    throw new StorageError(
      'PERMISSION_DENIED',
      `${what} ${path} may not be ${may} by this user; give it back to the user whose it is, with mode 600`,
    );
  }
}

/** What is there but cannot be used. */
export function damaged(message: string, cause?: unknown): StorageError {
  return new StorageError('IO_ERROR', message, { cause });
}

async function lookAt(
  looking: Promise<Stats>,
  path: string,
  what: string,
): Promise<Stats | undefined> {
  try {
    return await looking;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(error, `looking at ${what} ${path}`);
  }
}
