/**
 * Makes a data folder of a backup. The backup is read through before anything is made; then everything grows beside its
 * name and the database gets its own last: keys without one start no tracker. The folder is locked meanwhile, as by a
 * tracker. What is cut short leaves the folder as it was, but for what a kill leaves.
 */
import { chown, open, readdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { makeFolder } from '../../net/make-folder.js';
import { syncFolder } from '../../net/sync-folder.js';
import type { BackupFacts, TrackerUpkeep } from '../../net/tracker-upkeep.js';
import { BESIDE, DATABASE, LOCK, OWNER_ONLY } from '../data-dir-files.js';
import { refuseForeignFolder, takeLock } from '../data-dir.js';
import { KNOWN_SCHEMA } from '../store/sqlite/migrations.js';
import { leaveKnownEpochs } from '../store/sqlite/snapshot.js';
import { BackupReader } from './backup-reader.js';

const GROWING = '.restoring';

export const restore: TrackerUpkeep['restore'] = async ({ dataDir, path }) => {
  const reader = await BackupReader.open(path);
  try {
    refuseNewer(reader, path);
    await reader.verify();
    return await restoreInto(dataDir, reader);
  } catch (error) {
    throw error instanceof StorageError
      ? error
      : toStorageError(error, `restoring into the data folder ${dataDir}`, 'create');
  } finally {
    await reader.close();
  }
};

/** Reads a backup through. */
export const checkBackup: TrackerUpkeep['checkBackup'] = async (path) => {
  const reader = await BackupReader.open(path);
  try {
    await reader.verify();
    return reader.facts;
  } finally {
    await reader.close();
  }
};

async function restoreInto(dataDir: string, reader: BackupReader): Promise<BackupFacts> {
  await makeFolder(dataDir, 0o700);
  await refuseForeignFolder(dataDir);
  await refuseUsed(dataDir);
  await (await open(join(dataDir, LOCK), 'a', OWNER_ONLY)).close();
  const lock = await takeLock(dataDir);
  const made = [LOCK];
  try {
    await grow(dataDir, reader, made);
    await leaveKnownEpochs(join(dataDir, growingName(DATABASE)));
    await giveNames(dataDir, reader, made);
    await handOver(dataDir);
    return reader.facts;
  } catch (error) {
    for (const name of made) await rm(join(dataDir, name), { force: true, recursive: true });
    throw error;
  } finally {
    lock.close();
  }
}

/** What this version cannot read it does not put there. */
function refuseNewer({ manifest: { schema } }: BackupReader, path: string): void {
  if (schema <= KNOWN_SCHEMA) return;
  throw new StorageError(
    'IO_ERROR',
    `the backup ${path} was made by a newer version of the tracker (schema ${schema}, this one knows ${KNOWN_SCHEMA}); update this one`,
  );
}

/** @throws StorageError HOME_IN_USE, DESTINATION_EXISTS */
async function refuseUsed(dataDir: string): Promise<void> {
  const names = await readdir(dataDir);
  if (names.includes(LOCK)) (await takeLock(dataDir)).close();
  // What a restore that was killed has left is made anew.
  const used = names.find((name) => !name.endsWith(GROWING) && !isLock(name));
  if (used === undefined) return;
  throw new StorageError(
    'DESTINATION_EXISTS',
    `the data folder ${dataDir} is not empty; name another one, or move what is in it away`,
  );
}

/** Nothing is kept in the lock. */
function isLock(name: string): boolean {
  return BESIDE.some((end) => name === `${LOCK}${end}`);
}

async function grow(dataDir: string, reader: BackupReader, made: string[]): Promise<void> {
  for (const { name } of reader.manifest.files) {
    const growing = growingName(name);
    await rm(join(dataDir, growing), { force: true });
    const file = await open(join(dataDir, growing), 'wx', OWNER_ONLY);
    made.push(growing);
    try {
      await reader.extract(name, async (bytes) => void (await file.writeFile(bytes)));
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** All of them lie in the folder itself, so that one that was left is known. */
function growingName(name: string): string {
  return `${name.replace('/', '-')}${GROWING}`;
}

async function giveNames(dataDir: string, reader: BackupReader, made: string[]): Promise<void> {
  const names = reader.manifest.files.map(({ name }) => name);
  // The list begins with the database.
  for (const name of [...names.slice(1), DATABASE]) {
    const folder = dirname(name);
    if (folder !== '.') await makeFolder(join(dataDir, folder), 0o700);
    if (name === DATABASE) await syncFolder(dataDir);
    await rename(join(dataDir, growingName(name)), join(dataDir, name));
    made.push(folder === '.' ? name : folder);
    await syncFolder(join(dataDir, folder));
  }
}

/** Root makes a folder for somebody else: whose it is has all of it. */
async function handOver(dataDir: string): Promise<void> {
  if (process.getuid?.() !== 0) return;
  const { uid, gid } = await stat(dataDir);
  const names = await readdir(dataDir, { recursive: true });
  for (const name of names) await chown(join(dataDir, name), uid, gid);
}
