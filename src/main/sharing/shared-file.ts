/**
 * The file behind a share: opened, looked at, and hashed again when somebody touched it. A file is
 * served only while it is what it was when it was hashed.
 */
import { stat } from 'node:fs/promises';
import { Bitfield } from '../../net/bitfield.js';
import type { Description } from '../../net/description.js';
import { StorageError, bug, toStorageError } from '../../net/errors.js';
import { pieceLayout } from '../../net/piece-layout.js';
import { changeBetween, stampOf, type FileStamp } from '../disk/file-stamp.js';
import { openToRead, type OpenFile } from '../disk/open-files.js';
import { SharedDescriptor } from '../disk/shared-descriptor.js';
import type { LibraryShare } from '../home/library-records.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import type { Offer } from './offers.js';

/** An offer of a whole file on disk. */
export function offerOf(share: LibraryShare): Offer {
  const { path, stamp, fileId, groupId } = share;
  const layout =
    pieceLayout(stamp.size, share.pieceLength) ?? bug('a share with an impossible layout');
  const descriptor = new SharedDescriptor(path);
  const check = async (file: OpenFile): Promise<void> =>
    requireSame(path, stamp, await stampIn(file));
  return {
    fileId,
    groupId,
    layout,
    pieces: Bitfield.full(layout.pieceCount),
    open: async () => {
      const file = await descriptor.acquire();
      try {
        await check(file);
        return file;
      } catch (error) {
        await file.release();
        throw error;
      }
    },
    check,
  };
}

/**
 * The present stamp of a shared file that is as it was.
 * @throws StorageError FILE_CHANGED or FILE_NOT_FOUND
 */
export async function requireUnchanged(path: string, stamp: FileStamp): Promise<FileStamp> {
  const now = await stampAt(path);
  requireSame(path, stamp, now);
  return now;
}

/** True when a shared file is what it was, or only hashing could tell. */
export async function isLikelyUnchanged(path: string, stamp: FileStamp): Promise<boolean> {
  const now = await stampAt(path).catch(() => undefined);
  return now !== undefined && changeBetween(stamp, now) !== 'changed';
}

/** True when somebody did something to the file that only hashing can tell from a change. */
export async function isTouched(path: string, stamp: FileStamp): Promise<boolean> {
  const now = await stampAt(path).catch(() => undefined);
  return now !== undefined && changeBetween(stamp, now) === 'touched';
}

/** Hashes a file that was touched; its stamp when it still is what was shared. */
export async function verifyAgain(
  path: string,
  stamp: FileStamp,
  description: Description,
  hashing: Pick<PieceHashing, 'checkPieces'>,
): Promise<FileStamp | undefined> {
  const file = await openToRead(path);
  try {
    const before = await stampIn(file);
    if (changeBetween(stamp, before) === 'changed') return undefined;
    const { layout } = description;
    const all = Bitfield.full(layout.pieceCount);
    const same = await hashing.checkPieces({ fd: file.fd, layout }, description, all);
    const now = await stampIn(file);
    return same.isFull && changeBetween(before, now) === 'unchanged' ? now : undefined;
  } finally {
    await file.release();
  }
}

function requireSame(path: string, stamp: FileStamp, now: FileStamp): void {
  switch (changeBetween(stamp, now)) {
    case 'unchanged':
      return;
    case 'touched':
      throw new StorageError(
        'FILE_CHANGED',
        `${path} was touched since it was shared; it is hashed, and served again if it is the same`,
      );
    case 'changed':
      throw new StorageError(
        'FILE_CHANGED',
        `${path} has changed since it was shared; upload --replace shares it as it is now`,
      );
  }
}

async function stampAt(path: string): Promise<FileStamp> {
  try {
    return stampOf(await stat(path, { bigint: true }));
  } catch (cause) {
    throw toStorageError(cause, `cannot serve ${path}`);
  }
}

async function stampIn({ handle }: OpenFile): Promise<FileStamp> {
  try {
    return stampOf(await handle.stat({ bigint: true }));
  } catch (cause) {
    throw toStorageError(cause, 'cannot look at a shared file');
  }
}
