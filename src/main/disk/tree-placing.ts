/**
 * The last step of a downloaded folder: its whole tree gets its place, by one rename where nothing is
 * there, file by file where a folder is.
 */
import { chmod, rename } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { atATime } from '../../net/at-a-time.js';
import { StorageError, toStorageError } from '../../net/errors.js';
import type { FolderEntry, FolderTable } from '../../net/folder-table.js';
import { MAX_SYNCS_AT_A_TIME } from '../../net/limits.js';
import { ENTRY_OUTCOMES } from '../../workers/messages/unpacking.js';
import { alreadyExists, placeFile } from './destination.js';
import type { DiskSync } from './disk-sync.js';
import { HeldWay } from './held-way.js';
import { KeptBeside } from './older-version.js';
import { foldersOf, statsAt } from './real-folders.js';

export interface TreeToPlace {
  /** Where it is whole. */
  readonly tree: string;
  /** The same as people know it. */
  readonly treeName: string;
  /** Absolute path of the finished folder. */
  readonly path: string;
  readonly table: FolderTable;
  readonly sync: DiskSync;
}

/** What becomes of files that have to make room. */
export interface PlacingRules {
  readonly overwrite: boolean;
  /** Files that are overwritten stay, in a folder beside this one. */
  readonly keepsDiffering: boolean;
  /** What takes the place of a file has its mode. */
  readonly keepsModes: boolean;
}

const MODE_BITS = 0o777n;

/** Where nothing is; all of it is there then, or nothing. @throws StorageError */
export async function placeTree({ tree, treeName, path, table, sync }: TreeToPlace): Promise<void> {
  const folders = foldersOf(table).map((folder) => join(treeName, folder));
  await atATime(MAX_SYNCS_AT_A_TIME, folders, (folder) => sync.folder(folder));
  await rename(tree, path).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot give the finished folder its name ${path}`, 'create');
  });
}

/**
 * Into a folder that is there, by what became of each entry. Its folders come first, and their names are on the disk
 * before a file leaves the tree for them: with a folder that is lost all is lost that was in it. Answers where those
 * are that made room and stay.
 * @throws StorageError DESTINATION_EXISTS when something differs and may not be overwritten
 */
export async function placeIntoFolder(
  { tree, path, table, sync }: TreeToPlace,
  outcomes: Uint8Array,
  { overwrite, keepsDiffering, keepsModes }: PlacingRules,
): Promise<string | undefined> {
  const differing = table.filter((_, entry) => outcomes[entry] === ENTRY_OUTCOMES.differs);
  if (differing.length > 0 && !overwrite) throw differs(path, differing);
  const placed = table.filter((_, entry) => {
    return outcomes[entry] !== ENTRY_OUTCOMES.same && outcomes[entry] !== ENTRY_OUTCOMES.leftOut;
  });
  const syncAll = (folders: Iterable<string>): Promise<void> =>
    atATime(MAX_SYNCS_AT_A_TIME, folders, (folder) => sync.folder(join(path, folder)));
  const way = new HeldWay(path);
  try {
    const above = new Set<string>();
    for (const entry of placed) {
      const folder = folderOf(entry);
      await way.to(folder);
      for (let at = folder; at !== '.'; at = dirname(at)) above.add(dirname(at));
    }
    await syncAll(above);
    const kept = new KeptBeside(path);
    for (const { kind, path: inside } of keepsDiffering ? differing : []) {
      if (kind !== 'file') continue;
      await kept.keep(inside, join(await way.to(dirname(inside)), basename(inside)));
    }
    await atATime(MAX_SYNCS_AT_A_TIME, kept.folders, (folder) => sync.folder(folder));
    const touched = new Set<string>();
    for (const entry of placed) {
      if (entry.kind !== 'file') continue;
      const to = join(await way.to(folderOf(entry)), basename(entry.path));
      const from = join(tree, entry.path);
      if (keepsModes) await giveModeOf(to, from);
      await placeFile(from, to, overwrite, join(path, entry.path));
      touched.add(folderOf(entry));
    }
    await syncAll(touched);
    return kept.path;
  } finally {
    await way.close();
  }
}

/** The folder that has to be there for an entry. */
function folderOf({ kind, path }: FolderEntry): string {
  return kind === 'file' ? dirname(path) : path;
}

async function giveModeOf(older: string, path: string): Promise<void> {
  const before = await statsAt(older);
  if (!before?.isFile()) return;
  await chmod(path, Number(before.mode & MODE_BITS)).catch((cause: unknown) => {
    throw toStorageError(cause, 'cannot set the mode of what was downloaded', 'create');
  });
}

function differs(path: string, [first, ...others]: readonly FolderEntry[]): StorageError {
  const at = join(path, first!.path);
  if (others.length === 0) return alreadyExists(at);
  return new StorageError(
    'DESTINATION_EXISTS',
    `${at} and ${others.length} more are there and differ; choose another destination, or say --overwrite`,
  );
}
