/**
 * Looks at a tracker's data folder, whether the tracker runs or not: its files and their modes, the keys, and the
 * database as `store/sqlite/inspection.ts` sees it. Changes nothing and takes no lock.
 */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseFlaw, isEmptyDatabase } from '../../net/database-flaw.js';
import { deviceIdOfCredentials } from '../../net/device-identity.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import { MAX_FLAWS_TOLD } from '../../net/limits.js';
import { ownVersion } from '../../net/own-version.js';
import { stateFileAt } from '../../net/state-file.js';
import type { Flaw, TrackerUpkeep } from '../../net/tracker-upkeep.js';
import { BESIDE, DATABASE, ELSEWHERE, IDENTITY, LOCK, TICKET_KEY } from '../data-dir-files.js';
import { inspectDatabase, type Inspection } from '../store/sqlite/inspection.js';
import { KNOWN_SCHEMA } from '../store/sqlite/migrations.js';
import { identityIn, ticketKeyIn } from '../tracker-keys.js';
import { inviteNames } from './good-invites.js';

/** Rights of others: to a file any, to the folder that of changing what is in it. */
const FILE_RIGHTS = 0o077;
const FOLDER_RIGHTS = 0o022;

export const check: TrackerUpkeep['check'] = async (dataDir) => {
  await requireTracker(dataDir);
  const flaws: Flaw[] = await openFiles(dataDir);
  const identity = await flawOfKey(IDENTITY, () => identityIn(dataDir), flaws);
  await flawOfKey(TICKET_KEY, () => ticketKeyIn(dataDir), flaws);
  const isElsewhere = await isDatabaseElsewhere(dataDir);
  const { schema, histories, entries, ...found } = isElsewhere ? NOTHING : await inspect(dataDir);
  return {
    isElsewhere,
    version: ownVersion(),
    schema,
    knownSchema: KNOWN_SCHEMA,
    identity: identity && deviceIdOfCredentials(identity),
    histories,
    entries,
    flaws: [...flaws, ...found.flaws],
  };
};

const NOTHING = { schema: undefined, histories: 0, entries: 0, flaws: [] } as const;

/** True when a tracker has noted that its database is on a server. */
export async function isDatabaseElsewhere(dataDir: string): Promise<boolean> {
  return (
    (await stateFileAt(join(dataDir, ELSEWHERE), 'the note where the database is', 'read')) !==
    undefined
  );
}

/** @throws StorageError when nothing of a tracker is there */
async function requireTracker(dataDir: string): Promise<void> {
  const names = await readdir(dataDir).catch((error: unknown) => {
    throw toStorageError(error, `looking at the data folder ${dataDir}`, 'read');
  });
  if ([DATABASE, IDENTITY, TICKET_KEY].some((name) => names.includes(name))) return;
  throw new StorageError(
    'FILE_NOT_FOUND',
    `${dataDir} is no data folder of a tracker; name it with --data DIR`,
  );
}

/** What others may read, or put something in the place of. */
async function openFiles(dataDir: string): Promise<Flaw[]> {
  if (process.platform === 'win32') return [];
  const files = [DATABASE, LOCK].flatMap((name) => BESIDE.map((end) => `${name}${end}`));
  const flaws: Flaw[] = [];
  const look = async (name: string, rights: number): Promise<void> => {
    const mode = await modeOf(join(dataDir, name));
    if (mode === undefined || (mode & rights) === 0) return;
    flaws.push({ kind: 'open-to-others', name, mode });
  };
  await look('.', FOLDER_RIGHTS);
  for (const name of [...files, IDENTITY, TICKET_KEY]) await look(name, FILE_RIGHTS);
  // Whoever can put an invite there can make an account.
  await look('invites', FOLDER_RIGHTS);
  const before = flaws.length;
  for (const name of await inviteNames(dataDir)) {
    await look(name, FILE_RIGHTS);
    if (flaws.length - before === MAX_FLAWS_TOLD) break;
  }
  return flaws;
}

async function modeOf(path: string): Promise<number | undefined> {
  try {
    return (await stat(path)).mode & 0o777;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(error, `looking at ${path}`, 'read');
  }
}

async function flawOfKey<T>(
  name: string,
  read: () => Promise<T | undefined>,
  flaws: Flaw[],
): Promise<T | undefined> {
  try {
    const key = await read();
    if (key === undefined) flaws.push({ kind: 'missing', name });
    return key;
  } catch (error) {
    if (!(error instanceof StorageError) || error.code !== 'IO_ERROR') throw error;
    flaws.push({ kind: 'damaged', name });
    return undefined;
  }
}

async function inspect(dataDir: string): Promise<Inspection> {
  const path = join(dataDir, DATABASE);
  const stats = await stateFileAt(path, "the tracker's database", 'write');
  if (stats === undefined || isEmptyDatabase(stats)) {
    return { ...NOTHING, flaws: [{ kind: 'missing', name: DATABASE }] };
  }
  try {
    return await inspectDatabase(path);
  } catch (error) {
    if (databaseFlaw(error) !== 'damaged') {
      throw toStorageError(error, `reading the tracker's database ${path}`, 'read');
    }
    return { ...NOTHING, flaws: [{ kind: 'damaged', name: DATABASE }] };
  }
}
