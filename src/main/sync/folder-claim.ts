/**
 * Whether a folder may be kept the same as a group, and the file by which it is known again: a folder without it may be
 * the empty place of a disk that is not there. Owns no state.
 */
import { lstat, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { display } from '../../net/display.js';
import { StorageError, UsageError, toStorageError } from '../../net/errors.js';
import { makeFolder } from '../../net/make-folder.js';
import { MAX_SYNC_MARK_BYTES } from '../../net/limits.js';
import { notMarked } from './folder-items.js';
import { MARK } from './item-names.js';

export interface ClaimFacts {
  readonly groupId: string;
  /** Of p2p; nothing in it is for others. */
  readonly home: string;
  /** Folders that are shared as items, wherever. */
  readonly sharedFolders: readonly string[];
  /** Those that are kept the same by this client now. */
  readonly others: readonly string[];
  /** Something was noted of this folder before. */
  readonly isKnown: (folder: string) => boolean;
}

/** The folder without links; made where it is not there and was not before. @throws StorageError */
export async function realFolder(folder: string): Promise<string> {
  try {
    return await realpath(folder);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== 'ENOENT')
      throw toStorageError(cause, `cannot look at ${folder}`, 'read');
  }
  const parent = await realpath(dirname(folder)).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot make the folder ${folder}`, 'create');
  });
  return join(parent, folder.slice(dirname(folder).length).replaceAll(sep, ''));
}

/**
 * Marks a folder, or finds it marked.
 * @throws UsageError when it is not one for this, StorageError when it is not the one that it was
 */
export async function claimFolder(folder: string, facts: ClaimFacts): Promise<void> {
  const { groupId, home, sharedFolders, others, isKnown } = facts;
  const stats = await stat(folder).catch(() => undefined);
  if (stats && !stats.isDirectory()) throw new UsageError(`${folder} is no folder`, 'NOT_A_FILE');
  if (areNested(folder, home)) {
    throw new UsageError(`${folder} and the home folder of p2p lie in one another; choose another`);
  }
  const other = others.find((one) => areNested(folder, one));
  if (other !== undefined) {
    throw new UsageError(
      `${other} is kept the same already, and ${folder} is that, or lies in it, or around it; stop that first`,
    );
  }
  const item = sharedFolders.find((one) => isInside(folder, one));
  if (item !== undefined) {
    throw new UsageError(
      `${folder} is shared as a folder already, as ${item}; choose another, or end that with \`stop-share\``,
    );
  }
  const above = await markedAbove(folder);
  if (above !== undefined) {
    throw new UsageError(
      `${folder} lies in ${above}, which is kept the same as a group; choose another`,
    );
  }
  if (!stats) {
    if (isKnown(folder)) throw notMarked(folder);
    await makeFolder(folder, 0o777).catch((cause: unknown) => {
      throw toStorageError(cause, `cannot make the folder ${folder}`, 'create');
    });
  }
  await mark(folder, groupId, isKnown(folder));
}

async function mark(folder: string, groupId: string, isKnown: boolean): Promise<void> {
  const path = join(folder, MARK);
  const said = await readMark(path);
  if (said === undefined && isKnown) throw notMarked(folder);
  if (said !== undefined && said !== '' && said !== groupId) {
    throw new UsageError(
      `${folder} is kept the same as ${display(said, 64)}; choose another folder, or remove ${path} if that has ended`,
    );
  }
  if (said === groupId) return;
  try {
    await writeFile(path, `${groupId}\n`);
  } catch (cause) {
    throw toStorageError(cause, `cannot write to ${folder}`, 'create');
  }
}

/** Undefined where there is none. */
async function readMark(path: string): Promise<string | undefined> {
  try {
    const stats = await lstat(path);
    if (!stats.isFile() || stats.size > MAX_SYNC_MARK_BYTES) throw strange(path);
    return (await readFile(path, 'utf8')).trim();
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw toStorageError(cause, `cannot read ${path}`, 'read');
  }
}

function strange(path: string): StorageError {
  return new StorageError('DESTINATION_EXISTS', `${path} is none of ours; choose another folder`);
}

async function markedAbove(folder: string): Promise<string | undefined> {
  for (let above = dirname(folder); ; above = dirname(above)) {
    const found = await lstat(join(above, MARK)).catch(() => undefined);
    if (found) return above;
    if (dirname(above) === above) return undefined;
  }
}

function areNested(a: string, b: string): boolean {
  return isInside(a, b) || isInside(b, a);
}

/** It is that folder, or lies in it. */
function isInside(path: string, folder: string): boolean {
  return path === folder || path.startsWith(folder.endsWith(sep) ? folder : folder + sep);
}
