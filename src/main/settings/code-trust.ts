/**
 * Whether a file may say what is run. Others than this user and root must not be able to change it, nor to put another
 * file into its place: neither it nor a folder on the way to it may be theirs, or open to them.
 */
import { realpath, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { canOthersRenameIn, ownUserId } from '../../net/own-folder.js';

const ROOT = 0;
const OTHERS_MAY_WRITE = 0o022;

/** What is known of the file that was read. */
export interface ReadFile {
  /** Absolute. */
  readonly path: string;
  readonly mode: number;
  readonly owner: { readonly uid: number };
}

/** @throws StorageError PERMISSION_DENIED */
export async function requireCodeTrust(
  { path, mode, owner }: ReadFile,
  userId = ownUserId(),
): Promise<void> {
  // Owners and modes mean nothing there.
  if (userId === undefined) return;
  const trusted = [ROOT, userId];
  // Also where root uses the home of somebody: what that user writes there must not run as root.
  if (!trusted.includes(owner.uid)) throw refused(path, 'it belongs to another user');
  if ((mode & OTHERS_MAY_WRITE) !== 0) throw refused(path, 'others may write to it');
  for (const folder of await foldersTo(path)) {
    if (canOthersRenameIn(await lookAt(folder, (one) => stat(one)), trusted))
      throw refused(path, `others may put another file into its place, in ${folder}`);
  }
}

async function lookAt<Found>(path: string, look: (path: string) => Promise<Found>): Promise<Found> {
  try {
    return await look(path);
  } catch (error) {
    throw toStorageError(error, `cannot look at ${path}`, 'read');
  }
}

/** As it is named and where links lead: whoever may change either chooses the file. */
async function foldersTo(path: string): Promise<ReadonlySet<string>> {
  const real = await lookAt(path, (one) => realpath(one));
  return new Set([...foldersAbove(path), ...foldersAbove(real)]);
}

function* foldersAbove(path: string): Generator<string> {
  let folder = dirname(path);
  for (;;) {
    yield folder;
    const above = dirname(folder);
    if (above === folder) return;
    folder = above;
  }
}

function refused(path: string, why: string): StorageError {
  return new StorageError(
    'PERMISSION_DENIED',
    `the hooks in the file of settings ${path} are not run: ${why}`,
  );
}
