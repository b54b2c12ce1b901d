/**
 * Opens the embedded SQL database: node:sqlite where this Node has it, else
 * @photostructure/sqlite, which has the same API and carries its binaries in the package.
 * The only importer of either; the tracker's store and the client's library are built on it.
 */
import type { DatabaseSyncInstance } from '@photostructure/sqlite';

export type EmbeddedDatabase = DatabaseSyncInstance;

/** Opens (or creates) a database file; `:memory:` for one that dies with the process. */
export async function openEmbeddedDatabase(path: string): Promise<EmbeddedDatabase> {
  const { DatabaseSync } = await loadEngine();
  return new DatabaseSync(path);
}

async function loadEngine(): Promise<typeof import('@photostructure/sqlite')> {
  if (process.getBuiltinModule?.('node:sqlite') === undefined)
    return import('@photostructure/sqlite');
  const name = 'node:sqlite';
  return withoutExperimentalWarning(
    () => import(name) as Promise<typeof import('@photostructure/sqlite')>,
  );
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
