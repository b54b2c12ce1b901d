/**
 * The last step of a downloaded folder: its whole tree gets its place, by one rename where nothing is
 * there, file by file where a folder is.
 */
import { mkdir, rename } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { atATime } from '../../net/at-a-time.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import type { FolderTable } from '../../net/folder-table.js';
import { MAX_SYNCS_AT_A_TIME } from '../../net/limits.js';
import { ENTRY_OUTCOMES } from '../../workers/messages.js';
import { alreadyExists, placeFile } from './destination.js';
import type { DiskSync } from './disk-sync.js';
import { foldersOf } from './real-folders.js';

export interface TreeToPlace {
  /** Where it is whole. */
  readonly tree: string;
  /** Absolute path of the finished folder. */
  readonly path: string;
  readonly table: FolderTable;
  readonly sync: DiskSync;
}

/** Where nothing is; all of it is there then, or nothing. @throws StorageError */
export async function placeTree({ tree, path, table, sync }: TreeToPlace): Promise<void> {
  const folders = foldersOf(table).map((folder) => join(tree, folder));
  await atATime(MAX_SYNCS_AT_A_TIME, folders, (folder) => sync.folder(folder));
  await rename(tree, path).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot give the finished folder its name ${path}`, 'create');
  });
}

/**
 * Into a folder that is there, by what became of each entry.
 * @throws StorageError DESTINATION_EXISTS when something differs and may not be overwritten
 */
export async function placeIntoFolder(
  { tree, path, table, sync }: TreeToPlace,
  outcomes: Uint8Array,
  overwrite: boolean,
): Promise<void> {
  const differing = table.filter((_, entry) => outcomes[entry] === ENTRY_OUTCOMES.differs);
  if (differing.length > 0 && !overwrite) throw differs(path, differing);
  const touched = new Set<string>();
  for (const [index, entry] of table.entries()) {
    if (outcomes[index] === ENTRY_OUTCOMES.same) continue;
    const to = join(path, entry.path);
    await makeFolder(entry.kind === 'file' ? dirname(to) : to);
    if (entry.kind === 'file') await placeFile(join(tree, entry.path), to, overwrite);
    for (let at = dirname(to); at.length >= path.length; at = dirname(at)) touched.add(at);
  }
  await atATime(MAX_SYNCS_AT_A_TIME, touched, (folder) => sync.folder(folder));
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path, { recursive: true }).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot create ${path}`, 'create');
  });
}

function differs(path: string, [first, ...others]: FolderTable): StorageError {
  const at = join(path, first!.path);
  if (others.length === 0) return alreadyExists(at);
  return new StorageError(
    'DESTINATION_EXISTS',
    `${at} and ${others.length} more are there and differ; choose another destination, or say --overwrite`,
  );
}
