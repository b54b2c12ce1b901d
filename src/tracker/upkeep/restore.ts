/**
 * Makes a data folder of a backup. The backup is read through before anything is made; then everything grows beside its
 * name and the database gets its own last: keys without one start no tracker. The folder is locked meanwhile, as by a
 * tracker. What is cut short leaves the folder as it was, but for what a kill leaves; the next restore takes its place.
 * Root works as whoever has the folder, or gives them all that it makes; nothing that was there is given to anybody.
 */
import { lchown, open, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { asOwnerOf, type Owner } from '../../net/as-owner.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import { makeFolder } from '../../net/make-folder.js';
import { syncFolder } from '../../net/sync-folder.js';
import type { BackupFacts, TrackerUpkeep } from '../../net/tracker-upkeep.js';
import { DATABASE, LOCK, OWNER_ONLY, RESTORING } from '../data-dir-files.js';
import { refuseForeignFolder, takeLock } from '../data-dir.js';
import { KNOWN_SCHEMA } from '../store/sqlite/migrations.js';
import { leaveKnownEpochs } from '../store/sqlite/snapshot.js';
import { BackupReader } from './backup-reader.js';
import { clearLeft, isThere, makeLock, refuseUsed } from './left-folder.js';

interface Restoring {
  readonly dataDir: string;
  readonly reader: BackupReader;
  readonly nowMs: number;
  /** Who is to have all that is made; undefined when whoever works has it. */
  readonly heir: Owner | undefined;
}

export const restore: TrackerUpkeep['restore'] = async ({ dataDir, path, nowMs }) => {
  const reader = await BackupReader.open(path);
  try {
    refuseNewer(reader, path);
    await reader.verify();
    return await asOwnerOf(dataDir, (heir) => restoreInto({ dataDir, reader, nowMs, heir }));
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

async function restoreInto(restoring: Restoring): Promise<BackupFacts> {
  const { dataDir, reader, nowMs, heir } = restoring;
  await makeFolders(dataDir, heir);
  await refuseForeignFolder(dataDir);
  await refuseUsed(dataDir);
  const made: string[] = [];
  await makeLock(dataDir, heir, () => made.push(LOCK));
  const lock = await takeLock(dataDir);
  try {
    // Somebody else may have had the folder until now.
    await refuseUsed(dataDir);
    await clearLeft(dataDir);
    await grow(restoring, made);
    await leaveKnownEpochs(join(dataDir, growingName(DATABASE)), nowMs);
    await giveNames(restoring, made);
    return reader.facts;
  } catch (error) {
    for (const name of made.reverse()) {
      await rm(join(dataDir, name), { force: true, recursive: true });
    }
    throw error;
  } finally {
    lock.close();
  }
}

/** The folder with those above it that are missing. */
async function makeFolders(path: string, heir: Owner | undefined): Promise<void> {
  if (await isThere(path)) return;
  if (heir !== undefined && dirname(path) !== path) await makeFolders(dirname(path), heir);
  await makeFolder(path, 0o700);
  if (heir !== undefined) await lchown(path, heir.uid, heir.gid);
}

/** What this version cannot read it does not put there. */
function refuseNewer({ manifest: { schema } }: BackupReader, path: string): void {
  if (schema <= KNOWN_SCHEMA) return;
  throw new StorageError(
    'IO_ERROR',
    `the backup ${path} was made by a newer version of the tracker (schema ${schema}, this one knows ${KNOWN_SCHEMA}); update this one`,
  );
}

async function grow({ dataDir, reader, heir }: Restoring, made: string[]): Promise<void> {
  for (const { name } of reader.manifest.files) {
    const growing = growingName(name);
    const file = await open(join(dataDir, growing), 'wx', OWNER_ONLY);
    made.push(growing);
    try {
      if (heir !== undefined) await file.chown(heir.uid, heir.gid);
      await reader.extract(name, async (bytes) => void (await file.writeFile(bytes)));
      await file.sync();
    } finally {
      await file.close();
    }
  }
}

/** All of them lie in the folder itself, so that one that was left is known. */
function growingName(name: string): string {
  return `${name.replace('/', '-')}${RESTORING}`;
}

async function giveNames({ dataDir, reader, heir }: Restoring, made: string[]): Promise<void> {
  const names = reader.manifest.files.map(({ name }) => name);
  // The list begins with the database.
  for (const name of [...names.slice(1), DATABASE]) {
    const folder = dirname(name);
    if (folder !== '.') await makeFolders(join(dataDir, folder), heir);
    if (name === DATABASE) await syncFolder(dataDir);
    await rename(join(dataDir, growingName(name)), join(dataDir, name));
    made.push(folder === '.' ? name : folder);
    await syncFolder(join(dataDir, folder));
  }
}
