/**
 * Opens what a tracker keeps its accounts, groups and shares in: the database of its data folder, or one of a PostgreSQL
 * server, whose part is loaded only then. What is wrong with either is said in one line, without a password.
 */
import { databaseFlaw } from '../net/database-flaw.js';
import { shownDatabase } from '../net/database-url.js';
import { display } from '../net/display.js';
import { P2pError, StorageError, toStorageError } from '../net/errors.js';
import { damaged } from '../net/state-file.js';
import type { DataDir } from './data-dir.js';
import type { Log } from './log.js';
import { ownShortage, startFault } from './store/postgres/faults.js';
import { openSqliteStore, type SqliteStoreEvents } from './store/sqlite/store-sqlite.js';
import type { Store } from './store/store.js';

export interface OpenStoreOptions extends Pick<SqliteStoreEvents, 'onHeldUp' | 'onLost'> {
  readonly log: Log;
  /** The address of a database on a server. @default the file of the folder */
  readonly databaseUrl?: string | undefined;
  /** Lets other trackers work with that database, too. @default false */
  readonly isShared?: boolean;
  /** Takes an empty database where keys are. @default false */
  readonly isNew?: boolean;
  /** Hears that what is known of the database may not be true any more. @default nobody */
  readonly onOthersMayHaveWritten?: () => void;
  /** Hears that something was changed that nobody was told to be. @default nobody */
  readonly onUntoldChanges?: () => void;
}

/** The store of a data folder. @throws StorageError */
export function openStore(
  dataDir: Pick<DataDir, 'storePath' | 'hadKeys'>,
  options: OpenStoreOptions,
): Promise<Store> {
  const { databaseUrl: url } = options;
  return url === undefined ? openFile(dataDir, options) : openServer(url, dataDir.hadKeys, options);
}

async function openFile(
  dataDir: Pick<DataDir, 'storePath'>,
  { log, onHeldUp, onLost }: OpenStoreOptions,
): Promise<Store> {
  try {
    return await openSqliteStore(dataDir.storePath, {
      ...(onHeldUp && { onHeldUp }),
      ...(onLost && { onLost }),
      onLookAlikes: ({ kind, id, older }) =>
        log({ level: 'warn', event: 'ids look alike', fields: { kind, id, older } }),
      onFault: ({ code, message }) =>
        log({ level: 'warn', event: 'the log grows', fields: { code, reason: message } }),
    });
  } catch (error) {
    if (databaseFlaw(error) === 'damaged') {
      throw damaged(
        `the tracker's database ${dataDir.storePath} is damaged; restore it from a backup, or move it away and start with --new to begin without accounts, groups and shares`,
        error,
      );
    }
    throw error instanceof StorageError
      ? error
      : toStorageError(error, `opening the tracker's database ${dataDir.storePath}`);
  }
}

async function openServer(
  url: string,
  hadKeys: boolean,
  {
    log,
    isNew = false,
    isShared = false,
    onOthersMayHaveWritten = () => undefined,
    onUntoldChanges = () => undefined,
  }: OpenStoreOptions,
): Promise<Store> {
  const { openPostgresStore } = await import('./store/postgres/store-postgres.js');
  const database = shownDatabase(url);
  try {
    return await openPostgresStore({
      url,
      isShared,
      // Whoever starts a tracker without its accounts lets anybody take their names.
      mayBeEmpty: isNew || !hadKeys,
      onOthersMayHaveWritten: () => {
        onOthersMayHaveWritten();
        log({
          level: 'warn',
          event: 'the connection to the database is lost',
          fields: { database },
        });
      },
      onUntoldChanges: () => {
        onUntoldChanges();
        const event = 'a change was stored after all; everybody has to log in again';
        log({ level: 'warn', event, fields: { database } });
      },
    });
  } catch (error) {
    throw notOpened(error, database);
  }
}

function notOpened(error: unknown, database: string): StorageError {
  if (error instanceof P2pError) {
    if (error.code !== 'STATE_MISSING')
      return new StorageError(error.code, `${database}: ${error.message}`);
    return new StorageError(
      'STATE_MISSING',
      `no tracker has been in the database ${database} although keys of one are in the data folder; name the right one, or start with --new to begin without accounts, groups and shares`,
    );
  }
  const shortage = ownShortage(error);
  if (shortage) return shortage;
  const { code, advice } = startFault(error);
  const said = display(error instanceof Error ? error.message : String(error));
  return new StorageError(code, `the database ${database}: ${advice} (${said})`, { cause: error });
}
