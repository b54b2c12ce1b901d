/**
 * Gets hold of the folder in which a download grows: what an earlier run left if it can be nothing else,
 * or a new one that nobody else can look into.
 */
import { lstat, mkdir, readdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { StorageError, toStorageError } from '../../net/errors.js';
import { partFolderPathOf } from './destination.js';
import { HeldFolder } from './held-folder.js';
import { createFile, openLeftFile, type OpenFile } from './open-files.js';
import { packIn } from './part-folder-paths.js';

/** It is there, and its pack is open. */
export interface AcquiredFolder {
  readonly partPath: string;
  /** What is at that path, whatever others put there later; held once. */
  readonly folder: HeldFolder;
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

/** What the system says of a name that leads to no folder. */
const NOT_OURS = new Set(['ENOENT', 'ENOTDIR', 'ELOOP', 'EMLINK']);

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

/**
 * What an earlier run left, if it can be nothing else.
 * @throws StorageError when the disk does not let us look: then it may well be ours
 */
async function acquireLeft(
  partPath: string,
  packBytes: number,
): Promise<AcquiredFolder | undefined> {
  let pack: OpenFile | undefined;
  const folder = await openOurs(partPath);
  if (!folder) return undefined;
  try {
    const inode = await folder.inode;
    if (!(await isPartFolder(folder.path))) return undefined;
    const packPath = packIn(folder.path);
    // Nobody else can make anything in it; a power cut may have left a pack of any length.
    const mayBe = (size: number): boolean => size <= packBytes;
    pack = (await openLeftFile(packPath, mayBe)) ?? (await createFile(packPath));
    return pack && { partPath, folder, pack, isFresh: false, inode };
  } catch (cause) {
    throw toStorageError(cause, `cannot look at ${partPath}`, 'read');
  } finally {
    if (!pack) await folder.release();
  }
}

/** Opens a folder that only we can look into; undefined when something else has that name. */
async function openOurs(partPath: string): Promise<HeldFolder | undefined> {
  let folder: HeldFolder | undefined;
  let isOurs = false;
  try {
    const stats = await lstat(partPath, { bigint: true });
    const isOfUs = process.getuid === undefined || Number(stats.uid) === process.getuid();
    if (!stats.isDirectory() || !isOfUs || (Number(stats.mode) & 0o077) !== 0) return undefined;
    folder = await HeldFolder.open(partPath);
    isOurs = (await folder.inode) === stats.ino;
    return isOurs ? folder : undefined;
  } catch (cause) {
    if (isOther(cause)) return undefined;
    throw toStorageError(cause, `cannot look at ${partPath}`, 'read');
  } finally {
    if (!isOurs) await folder?.release();
  }
}

/** Nothing is there, or what is no folder. */
function isOther(error: unknown): boolean {
  const cause = error instanceof StorageError ? error.cause : error;
  return NOT_OURS.has((cause as NodeJS.ErrnoException | undefined)?.code ?? '');
}

/** A kill may have left it empty; so a folder with anything else in it is another one. */
async function isPartFolder(path: string): Promise<boolean> {
  const names = await readdir(path);
  return names.length === 0 || names.includes('pack');
}

/** Undefined when anything has that name. */
async function make(partPath: string): Promise<AcquiredFolder | undefined> {
  try {
    await mkdir(partPath, { mode: PRIVATE });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw toStorageError(cause, `cannot create ${partPath}`, 'create');
  }
  const folder = await HeldFolder.open(partPath);
  try {
    const [pack, inode] = [await createFile(packIn(folder.path)), await folder.inode];
    if (pack) return { partPath, folder, pack, isFresh: true, inode };
  } catch (cause) {
    await folder.release();
    throw toStorageError(cause, `cannot use ${partPath}`, 'create');
  }
  await folder.release();
  return undefined;
}
