/**
 * What one look at the file of a share tells, without reading it. Equal stamps are believed; of
 * anything else that is as long as it was, only hashing can tell whether it is what was shared: a
 * backup by hard links, a stick that was plugged in again, a file that was copied back.
 */
import { stat } from 'node:fs/promises';
import { P2pError, StorageError, toStorageError } from '../../net/errors.js';
import { changeBetween, stampOf, type FileStamp } from '../disk/file-stamp.js';
import type { OpenFile } from '../disk/open-files.js';
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

/** What counts of a share when its file is looked at. */
export type LookedAtShare = Pick<LibraryShare, 'path' | 'stamp' | 'damagedAtMs'>;

/** Looks at the file of a share. */
export async function lookAt({ path, stamp, damagedAtMs }: LookedAtShare): Promise<ShareLook> {
  let now: FileStamp;
  try {
    now = await stampAt(path);
  } catch (error) {
    if (error instanceof P2pError) return { state: 'missing', error };
    throw error;
  }
  const error = differenceOf(path, stamp, now);
  if (!error) {
    const isDamaged = damagedAtMs !== undefined;
    return isDamaged
      ? { state: 'damaged', stamp: now, error: damaged(path) }
      : { state: 'same', stamp: now };
  }
  return { state: now.size === stamp.size ? 'differs' : 'changed', stamp: now, error };
}

/** @throws StorageError FILE_CHANGED when an open file is not as it was when it was hashed */
export async function requireSame(path: string, stamp: FileStamp, file: OpenFile): Promise<void> {
  const error = differenceOf(path, stamp, await stampIn(file));
  if (error) throw error;
}

/** The stamp of an open file. @throws StorageError */
export async function stampIn({ handle }: OpenFile): Promise<FileStamp> {
  try {
    return stampOf(await handle.stat({ bigint: true }));
  } catch (cause) {
    throw toStorageError(cause, 'cannot look at a shared file', 'read');
  }
}

/**
 * True when somebody wrote to the file since, by all that it says of itself. A disk that loses
 * bytes does not tell.
 */
export function isWrittenSince(before: FileStamp, now: FileStamp): boolean {
  return before.size !== now.size || before.mtimeNs !== now.mtimeNs;
}

async function stampAt(path: string): Promise<FileStamp> {
  try {
    return stampOf(await stat(path, { bigint: true }));
  } catch (cause) {
    throw toStorageError(cause, `cannot serve ${path}`, 'read');
  }
}

/** Why a file is not served; undefined when its stamp is that of the share. */
function differenceOf(path: string, stamp: FileStamp, now: FileStamp): StorageError | undefined {
  if (changeBetween(stamp, now) === 'unchanged') return undefined;
  if (now.size !== stamp.size) return changed(path);
  const what = isWrittenSince(stamp, now) ? 'has changed' : 'was touched';
  return new StorageError(
    'FILE_CHANGED',
    `${path} ${what} since it was shared; it is hashed, and served again if it is the same`,
  );
}

/** What is said of a file that is not what was shared. */
export function changed(path: string): StorageError {
  return new StorageError(
    'FILE_CHANGED',
    `${path} has changed since it was shared; put the old file back, or share the new one with \`upload --replace\``,
  );
}

/** What is said of a file that nobody wrote to, and that is not what was shared. */
export function damaged(path: string): StorageError {
  return new StorageError(
    'FILE_DAMAGED',
    `${path} is damaged, although nobody wrote to it; \`verify --repair\` fetches from others what is wrong`,
  );
}
