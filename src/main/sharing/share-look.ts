/**
 * What one look at the file of a share, or at all the files of a folder, tells without reading it. Equal stamps are believed; of
 * anything else that is as long as it was, only hashing can tell whether it is what was shared: a
 * backup by hard links, a stick that was plugged in again, a file that was copied back.
 */
import { stat } from 'node:fs/promises';
import { decodeDescription } from '../../net/description.js';
import { P2pError, StorageError, bug, toStorageError } from '../../net/errors.js';
import { changeBetween, stampOf, type FileStamp } from '../disk/file-stamp.js';
import type { FolderTable } from '../../net/folder-table.js';
import { lookAtFolder } from '../disk/folder-stamps.js';
import type { ContentLook } from '../disk/whole-content.js';
import type { LibraryShare } from '../home/library-records.js';

/** A look; `error` says it for people, and what to do. */
export type ShareLook =
  | { readonly state: 'same'; readonly stamp: FileStamp }
  /** Only hashing can tell. */
  | { readonly state: 'differs'; readonly stamp: FileStamp; readonly error: P2pError }
  /** It cannot be what was shared, or it was looked at and is not. */
  | { readonly state: 'changed'; readonly stamp: FileStamp; readonly error: P2pError }
  | { readonly state: 'damaged'; readonly stamp: FileStamp; readonly error: P2pError }
  /** Not there, or not to be looked at: a disk that is not plugged in. */
  | { readonly state: 'missing'; readonly error: P2pError };

/** Where descriptions are kept: nobody holds those of all folders that are shared. */
export interface Descriptions {
  description(fileId: string): Uint8Array | undefined;
}

/** What counts of a share when it is looked at. */
export type LookedAtShare = Pick<
  LibraryShare,
  'path' | 'stamp' | 'damagedAtMs' | 'isFolder' | 'fileId' | 'choice'
>;

/** Looks at the file, or all the files, of a share. */
export async function lookAt(share: LookedAtShare, descriptions: Descriptions): Promise<ShareLook> {
  const { path, stamp, damagedAtMs } = share;
  let look: ContentLook;
  try {
    look = share.isFolder
      ? await lookAtFolder(path, tableOf(share, descriptions), share.choice)
      : { stamp: await stampAt(path) };
  } catch (error) {
    if (error instanceof P2pError) return { state: 'missing', error };
    throw error;
  }
  const now = look.stamp;
  const error = differenceOf(path, stamp, look);
  if (!error) {
    const isDamaged = damagedAtMs !== undefined;
    return isDamaged
      ? { state: 'damaged', stamp: now, error: damaged(path) }
      : { state: 'same', stamp: now };
  }
  const isOther = now.size !== stamp.size || look.firstOther !== undefined;
  return { state: isOther ? 'changed' : 'differs', stamp: now, error };
}

function tableOf({ fileId }: LookedAtShare, descriptions: Descriptions): FolderTable {
  const encoded = descriptions.description(fileId) ?? bug('a share without a description');
  return decodeDescription(encoded).folder ?? bug('a folder without a table');
}

/** @throws StorageError FILE_CHANGED when a look does not find it as it was when it was hashed */
export function requireSame(path: string, stamp: FileStamp, look: ContentLook): void {
  const error = differenceOf(path, stamp, look);
  if (error) throw error;
}

/**
 * True when somebody wrote to the file since, by all that it says of itself. A disk that loses
 * bytes does not tell.
 */
export function isWrittenSince(before: FileStamp, now: FileStamp): boolean {
  return before.size !== now.size || before.mtimeNs !== now.mtimeNs;
}

/** @throws StorageError */
export async function stampAt(path: string): Promise<FileStamp> {
  try {
    return stampOf(await stat(path, { bigint: true }));
  } catch (cause) {
    throw toStorageError(cause, `cannot serve ${path}`, 'read');
  }
}

/** Why it is not served; undefined when its stamp is that of the share. */
function differenceOf(
  path: string,
  stamp: FileStamp,
  { stamp: now, firstOther, firstRetimed }: ContentLook,
): StorageError | undefined {
  if (changeBetween(stamp, now) === 'unchanged') return undefined;
  if (firstOther !== undefined) return changed(path, firstOther);
  if (now.size !== stamp.size) return changed(path);
  return touched(path, isWrittenSince(stamp, now), firstRetimed);
}

/** What is said of what only hashing can judge; `inside` is the file of a folder that shows it. */
export function touched(path: string, isWritten: boolean, inside?: string): StorageError {
  const what = isWritten ? 'has changed' : 'was touched';
  const where = inside === undefined ? path : `${path} (${inside} in it)`;
  return new StorageError(
    'FILE_CHANGED',
    `${where} ${what} since it was shared; it is hashed, and served again if it is the same`,
  );
}

/** What is said of what is not what was shared; `inside` is the file of a folder that shows it. */
export function changed(path: string, inside?: string): StorageError {
  if (inside === undefined) {
    return new StorageError(
      'FILE_CHANGED',
      `${path} has changed since it was shared; put the old file back, or share the new one with \`upload --replace\``,
    );
  }
  return new StorageError(
    'FILE_CHANGED',
    `${path} (${inside} in it) has changed since it was shared; put the old file back, or share the folder anew with \`upload --replace\`; until then only what did not change in it is served`,
  );
}

/** What is said of a file that nobody wrote to, and that is not what was shared. */
export function damaged(path: string): StorageError {
  return new StorageError(
    'FILE_DAMAGED',
    `${path} is damaged, although nobody wrote to it; \`verify --repair\` fetches from others what is wrong`,
  );
}
