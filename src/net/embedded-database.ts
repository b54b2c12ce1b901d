/**
 * Opens the embedded SQL database: node:sqlite where this Node has it, else
 * @photostructure/sqlite, which has the same API and carries its binaries in the package.
 * The only importer of either; the tracker's store and the client's library are built on it.
 */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { CancelledError, StorageError, toStorageError } from './errors.js';
import { isSystemError } from './system-errors.js';

/** What has SQLite for a Node that has none; the version is that of the package's peer dependency. */
export const SQLITE_PACKAGE = '@photostructure/sqlite@1.2.1';

export type EmbeddedDatabase = DatabaseSyncInstance;

/** Opens (or creates) a database file; `:memory:` for one that dies with the process. */
export async function openEmbeddedDatabase(path: string): Promise<EmbeddedDatabase> {
  const { DatabaseSync } = await loadEngine();
  return new DatabaseSync(path);
}

/** Opens a database that is there, and never writes to it or its log; not even when it is the last to close it. */
export async function openToRead(path: string): Promise<EmbeddedDatabase> {
  const { DatabaseSync } = await loadEngine();
  return new DatabaseSync(path, { readOnly: true });
}

/** Loads what opens databases, and nothing else. @throws StorageError for a Node that has none; what the system refused */
export async function requireEmbeddedDatabase(): Promise<void> {
  await loadEngine();
}

/** What is wrong with a Node that has no SQLite, and what helps. */
export function leftOutOf(nodeVersion: string): { readonly says: string; readonly fix: string } {
  return {
    says: `Node ${nodeVersion} has no SQLite of its own`,
    fix: `use Node 22.13 or newer, or run: npm install ${SQLITE_PACKAGE} (with -g if p2p was installed with it)`,
  };
}

type Statement = ReturnType<EmbeddedDatabase['prepare']>;

/** What is used of a statement. */
export type GuardedStatement = Pick<Statement, 'run' | 'get' | 'all'>;

/** What is used of a database that is open. */
export interface GuardedDatabase extends Pick<EmbeddedDatabase, 'exec' | 'close'> {
  prepare(sql: string): GuardedStatement;
}

/**
 * The same database, whose failures are StorageErrors that begin with `doing`; a mistake of ours,
 * such as a statement that makes no sense, stays what it is.
 */
export function guardDatabase(database: EmbeddedDatabase, doing: string): GuardedDatabase {
  let isClosed = false;
  const guard = <T>(call: () => T): T => {
    // Whoever comes late was overtaken by the end, and nothing is wrong.
    if (isClosed) throw new CancelledError(`${doing}: it was closed`);
    try {
      return call();
    } catch (error) {
      throw isSystemError(error) ? toStorageError(error, doing) : error;
    }
  };
  return {
    exec: (sql) => guard(() => database.exec(sql)),
    close: () => {
      guard(() => database.close());
      isClosed = true;
    },
    prepare: (sql) => {
      const statement = guard(() => database.prepare(sql));
      return {
        run: (...values: unknown[]) => guard(() => statement.run(...values)),
        get: (...values: unknown[]): unknown => guard(() => statement.get(...values) as unknown),
        all: (...values: unknown[]) => guard(() => statement.all(...values) as unknown[]),
      };
    },
  };
}

async function loadEngine(): Promise<typeof import('@photostructure/sqlite')> {
  if (process.getBuiltinModule?.('node:sqlite') === undefined) {
    return import('@photostructure/sqlite').catch((error: unknown) => {
      if (!isNotFound(error)) throw asSystemError(error);
      // It is not found either when what describes it cannot be opened.
      throw isInstalled() ? noDescriptor(error) : leftOut();
    });
  }
  const name = 'node:sqlite';
  return withoutExperimentalWarning(
    () => import(name) as Promise<typeof import('@photostructure/sqlite')>,
  );
}

function isNotFound(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'MODULE_NOT_FOUND' || code === 'ERR_MODULE_NOT_FOUND';
}

/** It is nothing that npm installs by itself: a newer Node needs it not. Opens nothing. */
function isInstalled(): boolean {
  const name = '@photostructure/sqlite';
  const folders = createRequire(import.meta.url).resolve.paths(name) ?? [];
  return folders.some((folder) => existsSync(join(folder, name)));
}

function noDescriptor(error: unknown): Error {
  const message = `too many open files: ${String(error)}`;
  return Object.assign(new Error(message), { code: 'EMFILE', syscall: 'open' });
}

function leftOut(): StorageError {
  const { says, fix } = leftOutOf(process.version);
  return new StorageError('IO_ERROR', `${says}; ${fix}`);
}

/** The loader of shared objects tells in words alone that no file can be opened any more. */
function asSystemError(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code !== 'ERR_DLOPEN_FAILED' || !/: Too many open files/i.test(message)) return error;
  return Object.assign(new Error(message), { code: 'EMFILE', syscall: 'open' });
}

/** Node 22 warns on standard error that node:sqlite is experimental; a user can do nothing. */
async function withoutExperimentalWarning<T>(load: () => Promise<T>): Promise<T> {
  const emitWarning = process.emitWarning.bind(process) as (...words: unknown[]) => void;
  process.emitWarning = (...words: unknown[]): void => {
    if (!String(words[0]).startsWith('SQLite is an experimental feature')) emitWarning(...words);
  };
  try {
    return await load();
  } finally {
    process.emitWarning = emitWarning;
  }
}
