/**
 * Makes a backup of a tracker's data folder in one file, while the tracker runs or not. The file grows beside its
 * name under another one, for its owner alone, and gets its name when all of it is on the disk and was read back:
 * whoever finds it has a whole one. Keys and invites are read before the database, so that an invite that is used meanwhile is in one of
 * them at least; in both, the database counts.
 */
import { createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { link, lstat, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { deviceIdOfCredentials } from '../../net/device-identity.js';
import { databaseFlaw, isEmptyDatabase } from '../../net/database-flaw.js';
import { StorageError, toStorageError, UsageError } from '../../net/errors.js';
import { ownVersion } from '../../net/own-version.js';
import { damaged, stateFileAt } from '../../net/state-file.js';
import { syncFolder } from '../../net/sync-folder.js';
import type { BackupFacts, TrackerUpkeep } from '../../net/tracker-upkeep.js';
import { DATABASE, IDENTITY, OWNER_ONLY, TICKET_KEY } from '../data-dir-files.js';
import { copyDatabase } from '../store/sqlite/snapshot.js';
import { presentKeys } from '../tracker-keys.js';
import { encodeManifest, type BackedUpFile } from './backup-manifest.js';
import { BackupReader } from './backup-reader.js';
import { isDatabaseElsewhere } from './check.js';
import { goodInvites, type SmallFile } from './good-invites.js';

/** Node's codes for "this file system has no hard links". */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

export const backup: TrackerUpkeep['backup'] = async ({ dataDir, path, isOverwriting, nowMs }) => {
  const doing = `writing the backup ${path}`;
  await refuseTaken(path, isOverwriting);
  const source = await databaseOf(dataDir);
  const { identity, files } = await smallFiles(dataDir, nowMs);
  const growing = `${path}.${randomBytes(6).toString('hex')}.part`;
  try {
    await (await open(growing, 'wx', OWNER_ONLY)).close();
    const schema = await copied(source, growing);
    const facts = { madeAtMs: nowMs, version: ownVersion(), schema, identity };
    const bytes = await complete(growing, facts, files);
    await requireRestorable(growing, path);
    await giveName(growing, path, isOverwriting);
    await syncFolder(dirname(path));
    return { bytes, ...facts };
  } catch (error) {
    throw error instanceof StorageError ? error : toStorageError(error, doing, 'create');
  } finally {
    await rm(growing, { force: true }).catch(() => undefined);
  }
};

/** The database of a folder. @throws StorageError when the folder is none of a tracker, UsageError when it is elsewhere */
async function databaseOf(dataDir: string): Promise<string> {
  const path = join(dataDir, DATABASE);
  const stats = await stateFileAt(path, "the tracker's database", 'write');
  if (stats !== undefined && !isEmptyDatabase(stats)) return path;
  if (await isDatabaseElsewhere(dataDir)) {
    throw new UsageError(
      `the database of this tracker is on a PostgreSQL server, which \`pg_dump\` backs up; keep ${IDENTITY}, ${TICKET_KEY} and invites of ${dataDir} beside that`,
    );
  }
  throw new StorageError(
    'STATE_MISSING',
    `there is no tracker's database in ${dataDir}; name the data folder of the tracker with --data DIR`,
  );
}

async function smallFiles(
  dataDir: string,
  nowMs: number,
): Promise<{ readonly identity: string; readonly files: readonly SmallFile[] }> {
  const { credentials, ticketKeyPem } = await presentKeys(dataDir);
  if (credentials === undefined || ticketKeyPem === undefined) {
    const name = credentials === undefined ? IDENTITY : TICKET_KEY;
    throw new StorageError(
      'STATE_MISSING',
      `${join(dataDir, name)} is missing, so this would be no whole backup; start the tracker, which makes it, and back up then`,
    );
  }
  const files: SmallFile[] = [];
  for (const name of [IDENTITY, TICKET_KEY]) {
    const bytes = await readFile(join(dataDir, name)).catch((error: unknown) => {
      throw toStorageError(error, `reading ${join(dataDir, name)}`, 'read');
    });
    files.push({ name, bytes });
  }
  files.push(...(await goodInvites(dataDir, nowMs)));
  return { identity: deviceIdOfCredentials(credentials), files };
}

/** Looked through as by a restore: what that would refuse is no backup. */
async function requireRestorable(growing: string, path: string): Promise<void> {
  try {
    const reader = await BackupReader.open(growing);
    try {
      await reader.verify();
    } finally {
      await reader.close();
    }
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'VERIFICATION_FAILED') throw error;
    throw new StorageError(
      'VERIFICATION_FAILED',
      `the backup ${path} could not be restored, so it was not made: there are too many invites, a key is no small file, or the disk does not keep what is written; look with \`p2p tracker check\``,
      { cause: error },
    );
  }
}

async function copied(source: string, target: string): Promise<number> {
  try {
    return await copyDatabase(source, target);
  } catch (error) {
    if (databaseFlaw(error) !== 'damaged') throw error;
    throw damaged(
      `the tracker's database ${source} is damaged, so there is no backup of it; look with \`p2p tracker check\`, and restore an older backup`,
      error,
    );
  }
}

/** Adds what stands behind the database, and syncs it all; answers its length. */
async function complete(
  path: string,
  facts: Omit<BackupFacts, 'bytes'>,
  small: readonly SmallFile[],
): Promise<number> {
  const database = await measured(path);
  const files: BackedUpFile[] = [{ name: DATABASE, ...database }];
  for (const { name, bytes } of small) {
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    files.push({ name, size: bytes.length, sha256 });
  }
  const rest = [...small.map(({ bytes }) => bytes), encodeManifest({ ...facts, files })];
  const file = await open(path, 'a');
  try {
    await file.writeFile(Buffer.concat(rest));
    await file.sync();
    return (await file.stat()).size;
  } finally {
    await file.close();
  }
}

async function measured(path: string): Promise<{ size: number; sha256: string }> {
  const hash = createHash('sha256');
  let size = 0;
  for await (const chunk of createReadStream(path)) {
    const bytes = chunk as Buffer;
    hash.update(bytes);
    size += bytes.length;
  }
  return { size, sha256: hash.digest('hex') };
}

/** Said before the work is done, and held when it is. */
async function refuseTaken(path: string, isOverwriting: boolean): Promise<void> {
  const found = await lstat(path).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw toStorageError(error, `looking at ${path}`, 'create');
  });
  if (found === undefined) return;
  if (found.isDirectory()) {
    throw new StorageError('NO_DESTINATION', `${path} is a folder; name a file in it`);
  }
  if (!isOverwriting) throw taken(path);
}

async function giveName(growing: string, path: string, isOverwriting: boolean): Promise<void> {
  if (isOverwriting) return rename(growing, path);
  try {
    await link(growing, path);
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (code === 'EEXIST') throw taken(path);
    if (!NO_LINKS.has(code)) throw error;
    await refuseTaken(path, false);
    await rename(growing, path);
  }
}

function taken(path: string): StorageError {
  return new StorageError(
    'DESTINATION_EXISTS',
    `${path} is there already; name another file, or say --overwrite to replace it`,
  );
}
