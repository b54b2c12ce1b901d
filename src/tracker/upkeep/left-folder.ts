/**
 * What lies in the folder that a backup is restored into: nothing, the lock, or what a restore that was killed has
 * left, which is made anew. Of that one the database has no name yet, so keys and invites beside it are its own.
 * A link is nobody's: whoever may write to the folder may have put it there for root to follow.
 */
import type { Dirent } from 'node:fs';
import { lstat, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Owner } from '../../net/as-owner.js';
import { StorageError } from '../../net/errors.js';
import {
  BESIDE,
  DATABASE,
  IDENTITY,
  LOCK,
  OWNER_ONLY,
  RESTORING,
  TICKET_KEY,
} from '../data-dir-files.js';
import { takeLock } from '../data-dir.js';
import { isInviteFile } from './backup-manifest.js';

const INVITES = 'invites';

/** @throws StorageError HOME_IN_USE, DESTINATION_EXISTS */
export async function refuseUsed(dataDir: string): Promise<void> {
  const entries = await readdir(dataDir, { withFileTypes: true });
  const names = entries.map(({ name }) => name);
  const isCutShort = names.includes(`${DATABASE}${RESTORING}`) && !names.includes(DATABASE);
  if (names.some((name) => !isLeft(name) && !(isCutShort && isMade(name)))) {
    // Whoever has it says more than what is in it.
    const lock = entries.find(({ name }) => name === LOCK);
    if (lock?.isFile() === true) (await takeLock(dataDir)).close();
    throw taken(dataDir);
  }
  for (const entry of entries) requirePlain(dataDir, entry);
  if (names.includes(INVITES)) await refuseOtherInvites(join(dataDir, INVITES));
}

/** Removes what was left; the database last, because by it the rest is known. */
export async function clearLeft(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  if (names.includes(INVITES)) {
    for (const name of await readdir(join(dataDir, INVITES))) {
      await rm(join(dataDir, INVITES, name), { force: true });
    }
  }
  const last = `${DATABASE}${RESTORING}`;
  const others = names.filter((name) => name !== last && !isLock(name) && name !== INVITES);
  for (const name of [...others, last]) await rm(join(dataDir, name), { force: true });
}

/** Makes the lock unless it is there. */
export async function makeLock(
  dataDir: string,
  heir: Owner | undefined,
  onMade: () => void,
): Promise<void> {
  const path = join(dataDir, LOCK);
  if (await isThere(path)) return;
  const file = await open(path, 'wx', OWNER_ONLY);
  try {
    onMade();
    if (heir !== undefined) await file.chown(heir.uid, heir.gid);
  } finally {
    await file.close();
  }
}

/** Whether there is something of this name, a link that leads nowhere too. */
export async function isThere(path: string): Promise<boolean> {
  try {
    await lstat(path);
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return false;
    throw error;
  }
}

/** Made anew whether it is there or not. */
function isLeft(name: string): boolean {
  return name.endsWith(RESTORING) || isLock(name);
}

/** Nothing is kept in the lock. */
function isLock(name: string): boolean {
  return BESIDE.some((end) => name === `${LOCK}${end}`);
}

/** What a restore gives a name before its database. */
function isMade(name: string): boolean {
  return name === IDENTITY || name === TICKET_KEY || name === INVITES;
}

async function refuseOtherInvites(folder: string): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (!isInviteFile(`${INVITES}/${entry.name}`)) throw taken(folder);
    requirePlain(folder, entry);
  }
}

function requirePlain(folder: string, entry: Dirent): void {
  if (entry.name === INVITES ? entry.isDirectory() : entry.isFile()) return;
  throw new StorageError(
    'DESTINATION_EXISTS',
    `${join(folder, entry.name)} is a link or a folder where a restore makes a file; remove it, or name another folder`,
  );
}

function taken(dataDir: string): StorageError {
  return new StorageError(
    'DESTINATION_EXISTS',
    `the data folder ${dataDir} is not empty; name another one, or move what is in it away`,
  );
}
