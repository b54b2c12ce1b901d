/**
 * The tracker's folder: for its owner alone, also when it was there before, locked against a second tracker, and the
 * place of its keys. The lock is one that the operating system drops with the process, so that
 * nothing has to be cleaned up after a crash.
 */
import type { Stats } from 'node:fs';
import { chmod, open, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { databaseFlaw, isEmptyDatabase } from '../net/database-flaw.js';
import { openEmbeddedDatabase, type EmbeddedDatabase } from '../net/embedded-database.js';
import { StorageError, toStorageError } from '../net/errors.js';
import { makeFolder } from '../net/make-folder.js';
import { damaged, stateFileAt, type StateFileUse } from '../net/state-file.js';
import {
  BESIDE,
  DATABASE,
  ELSEWHERE,
  IDENTITY,
  LOCK,
  OWNER_ONLY,
  RESTORING,
  TICKET_KEY,
} from './data-dir-files.js';
import { completeKeys, presentKeys, type AgreeOnKeys, type TrackerKeys } from './tracker-keys.js';

/** A locked folder. */
export interface DataDir {
  /** Keys were there before: so was a database. */
  readonly hadKeys: boolean;
  readonly storePath: string;
  /**
   * The keys of the folder; makes those that are missing, and notes where the database is. Only once that is there:
   * keys without one are how a database that is lost shows. `agree` says which keys several trackers have in common.
   */
  keys(onMade: (name: string) => void, agree?: AgreeOnKeys): Promise<TrackerKeys>;
  /** Lets another tracker have the folder. */
  release(): void;
}

export interface DataDirOptions {
  /** Takes a folder with keys and without a database for one to begin anew in. @default false */
  readonly isNew?: boolean;
  /** The database is no file of the folder. @default false */
  readonly isElsewhere?: boolean;
}

/**
 * Creates what is missing but the keys, and takes the lock.
 * @throws StorageError HOME_IN_USE when another tracker has the folder, PERMISSION_DENIED when
 * others may write to it, STATE_MISSING when its database is gone, DESTINATION_EXISTS when it has one that is not the
 * one that is meant, or what the disk says
 */
export async function openDataDir(path: string, options: DataDirOptions = {}): Promise<DataDir> {
  const doing = `opening the tracker's data folder ${path}`;
  try {
    await makeFolder(path, 0o700);
    await refuseForeignFolder(path);
    const found = await lookAround(path);
    if (options.isElsewhere === true) refuseOwnDatabase(path, found);
    else if (options.isNew !== true) refuseLostDatabase(path, found);
    await closeToOthers(path, options.isElsewhere === true ? [LOCK] : [DATABASE, LOCK]);
    return await lockedDir(path, options);
  } catch (error) {
    throw error instanceof StorageError ? error : toStorageError(error, doing);
  }
}

async function lockedDir(path: string, { isElsewhere = false }: DataDirOptions): Promise<DataDir> {
  const lock = await takeLock(path);
  const release = (): void => {
    if (lock.isOpen) lock.close();
  };
  try {
    const present = await presentKeys(path);
    return {
      hadKeys: Object.keys(present).length > 0,
      storePath: join(path, DATABASE),
      keys: async (onMade, agree) => {
        await noteWhere(path, isElsewhere);
        return completeKeys(path, present, onMade, agree);
      },
      release,
    };
  } catch (error) {
    release();
    throw error;
  }
}

/** For whoever comes later, and does not say where the database is. */
async function noteWhere(path: string, isElsewhere: boolean): Promise<void> {
  const note = join(path, ELSEWHERE);
  const text = 'The database of this tracker is on a PostgreSQL server.\n';
  try {
    if (isElsewhere) await writeFile(note, text, { mode: OWNER_ONLY });
    else await rm(note, { force: true });
  } catch (error) {
    throw toStorageError(error, `writing ${note}`);
  }
}

/** Every file with what it is called in messages, and what is done with it. */
const FILES: readonly (readonly [name: string, what: string, use: StateFileUse])[] = [
  ...BESIDE.map((end) => [`${DATABASE}${end}`, "the tracker's database", 'write'] as const),
  ...BESIDE.map((end) => [`${LOCK}${end}`, "the tracker's lock", 'write'] as const),
  [IDENTITY, "the tracker's identity", 'read'],
  [TICKET_KEY, "the tracker's ticket key", 'read'],
  [ELSEWHERE, 'the note where the database is', 'write'],
  [`${DATABASE}${RESTORING}`, 'what a restore has left', 'read'],
];

/** The files that are there, by name; each is one that can be used. @throws StorageError */
async function lookAround(path: string): Promise<ReadonlyMap<string, Stats>> {
  const found = new Map<string, Stats>();
  for (const [name, what, use] of FILES) {
    const stats = await stateFileAt(join(path, name), what, use);
    if (stats !== undefined) found.set(name, stats);
  }
  return found;
}

/**
 * Whoever starts a tracker without its accounts lets anybody take their names. Keys are made after
 * the database, so a start that was cut short leaves none without one.
 */
function refuseLostDatabase(path: string, found: ReadonlyMap<string, Stats>): void {
  const database = found.get(DATABASE);
  if (database && !isEmptyDatabase(database)) return;
  if (found.has(ELSEWHERE)) {
    throw new StorageError(
      'STATE_MISSING',
      `the database of the tracker in ${path} is on a PostgreSQL server; name it with --database or P2P_DATABASE, or start with --new to begin without accounts, groups and shares`,
    );
  }
  if (found.has(`${DATABASE}${RESTORING}`)) {
    throw new StorageError(
      'STATE_MISSING',
      `a restore into the tracker's data folder ${path} was cut short; run it again, or start with --new to begin without accounts, groups and shares`,
    );
  }
  if (!found.has(IDENTITY) && !found.has(TICKET_KEY)) return;
  const state = database ? 'is empty' : 'is missing';
  throw new StorageError(
    'STATE_MISSING',
    `the tracker's database ${join(path, DATABASE)} ${state} although its keys are there; restore it from a backup, or start with --new to begin without accounts, groups and shares`,
  );
}

/** Accounts that are here would be missing there. */
function refuseOwnDatabase(path: string, found: ReadonlyMap<string, Stats>): void {
  const database = found.get(DATABASE);
  if (!database || isEmptyDatabase(database)) return;
  throw new StorageError(
    'DESTINATION_EXISTS',
    `the tracker's data folder ${path} has a database of its own, ${DATABASE}, and nothing moves it to a server; leave --database and P2P_DATABASE out, or name another folder with --data`,
  );
}

/** Whoever may write to a folder may swap its files, whatever their modes. */
export async function refuseForeignFolder(path: string): Promise<void> {
  const { mode } = await stat(path).catch((error: unknown) => {
    throw toStorageError(error, `looking at the tracker's data folder ${path}`, 'read');
  });
  if (process.platform === 'win32' || (mode & 0o022) === 0) return;
  throw new StorageError(
    'PERMISSION_DENIED',
    `others may write to the tracker's data folder ${path}; run \`chmod go-w\` on it, or name another`,
  );
}

/**
 * Makes every file its owner's alone. A database that is missing is made before SQLite would,
 * which goes by the umask; what SQLite puts beside it gets its mode.
 */
async function closeToOthers(path: string, made: readonly string[]): Promise<void> {
  for (const name of made) {
    await (await open(join(path, name), 'a', OWNER_ONLY)).close();
  }
  for (const [name] of FILES) {
    await chmod(join(path, name), OWNER_ONLY).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'ENOENT') throw error;
    });
  }
}

/** A database that holds nothing, kept in an exclusive transaction for as long as we run. */
export async function takeLock(path: string): Promise<EmbeddedDatabase> {
  const lockPath = join(path, LOCK);
  const lock = await openEmbeddedDatabase(lockPath).catch((error: unknown) => {
    throw toStorageError(error, `opening the tracker's lock ${lockPath}`);
  });
  try {
    lock.exec('BEGIN EXCLUSIVE');
    return lock;
  } catch (cause) {
    lock.close();
    switch (databaseFlaw(cause)) {
      case 'busy':
        throw new StorageError(
          'HOME_IN_USE',
          `another tracker uses the data folder ${path}; stop it, or give this one another folder`,
          { cause },
        );
      case 'damaged':
        throw damaged(
          `the tracker's lock ${lockPath} is damaged; remove it, nothing is kept in it`,
          cause,
        );
      case undefined:
        throw toStorageError(cause, `taking the tracker's lock ${lockPath}`);
    }
  }
}
