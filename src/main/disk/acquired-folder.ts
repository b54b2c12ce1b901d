/**
 * Gets hold of the folder in which a download grows: what an earlier run left if it can be nothing else,
 * or a new one that nobody else can look into.
 */
import type { BigIntStats } from 'node:fs';
import { lstat, mkdir } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { partFolderPathOf } from './destination.js';
import { createFile, openLeftFile, type OpenFile } from './open-files.js';

/** It is there, and its pack is open. */
export interface AcquiredFolder {
  readonly partPath: string;
  readonly pack: OpenFile;
  /** Nothing of an earlier run is in it. */
  readonly isFresh: boolean;
  readonly inode: bigint;
}

export interface FolderToAcquire {
  /** Absolute; what an earlier run left, or the name of a new one. */
  readonly partPath: string;
  /** Absolute path of the finished folder. */
  readonly path: string;
  readonly packBytes: number;
  /** What has this name is not ours: notes the one that is used instead, before it is made. */
  readonly onMoved: (partPath: string) => Promise<void>;
}

const PRIVATE = 0o700;

/** @throws StorageError */
export async function acquireFolder(wanted: FolderToAcquire): Promise<AcquiredFolder> {
  const { partPath, path, packBytes, onMoved } = wanted;
  const left = await acquireLeft(partPath, packBytes);
  const made = left ?? (await make(partPath));
  if (made) return made;
  const elsewhere = partFolderPathOf(path);
  await onMoved(elsewhere);
  const again = await make(elsewhere);
  if (again) return again;
  throw new StorageError(
    'NO_DESTINATION',
    `somebody else takes the names of new folders in ${dirname(path)}; choose another folder`,
  );
}

/** What an earlier run left, if it can be nothing else. */
async function acquireLeft(
  partPath: string,
  packBytes: number,
): Promise<AcquiredFolder | undefined> {
  const stats = await lstat(partPath, { bigint: true }).catch(() => undefined);
  const isOfUs = process.getuid === undefined || Number(stats?.uid) === process.getuid();
  if (!stats?.isDirectory() || !isOfUs || (Number(stats.mode) & 0o077) !== 0) return undefined;
  const pack =
    (await openLeftFile(join(partPath, 'pack'), [packBytes, 0])) ??
    (await createFile(join(partPath, 'pack')));
  return pack && { partPath, pack, isFresh: false, inode: stats.ino };
}

/** Undefined when anything has that name. */
async function make(partPath: string): Promise<AcquiredFolder | undefined> {
  try {
    await mkdir(partPath, { mode: PRIVATE });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw toStorageError(cause, `cannot create ${partPath}`, 'create');
  }
  const [pack, stats] = [await createFile(join(partPath, 'pack')), await lstatOf(partPath)];
  return pack && { partPath, pack, isFresh: true, inode: stats.ino };
}

async function lstatOf(path: string): Promise<BigIntStats> {
  try {
    return await lstat(path, { bigint: true });
  } catch (cause) {
    throw toStorageError(cause, `cannot look at ${path}`);
  }
}
