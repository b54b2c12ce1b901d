/**
 * Writes small files so that a reader, a crash or a second process sees either the old bytes
 * or the new ones, never a part: temporary file, fsync, then one rename (or link) into place.
 */
import { randomBytes } from 'node:crypto';
import { link, open, rename, rm, writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { toStorageError } from '../../net/errors.js';
import { syncFolder } from '../../net/sync-folder.js';

/** Node's codes for "this file system has no hard links". */
const NO_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS']);

/** Whose a file is, by the numbers of the system. */
export interface FileOwner {
  readonly uid: number;
  readonly gid: number;
}

/** How a file is made. */
interface Making {
  readonly mode: number;
  /** Given to somebody else, which only root may do. @default whose the process is */
  readonly owner?: FileOwner | undefined;
}

/**
 * Replaces a file as a whole; it is on disk when the promise resolves.
 * @throws StorageError
 */
export async function writeFileAtomic(path: string, data: string, mode: number): Promise<void> {
  await throughTemporaryFile(path, data, { mode }, (temporary) => rename(temporary, path));
}

/** The same if `isWanted` when all is on disk but the new name: so little time is left for others to change it. */
export async function writeFileIfWanted(
  path: string,
  data: string,
  making: Making,
  isWanted: () => Promise<boolean>,
): Promise<void> {
  await throughTemporaryFile(path, data, making, async (temporary) => {
    if (await isWanted()) await rename(temporary, path);
  });
}

/** The same for what may be lost: nobody waits for the disk. @throws StorageError */
export async function replaceFile(path: string, data: string, mode: number): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeFile(temporary, data, { flag: 'wx', mode });
    await rename(temporary, path);
  } catch (error) {
    throw toStorageError(error, `cannot write ${path}`, 'create');
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

/**
 * Creates a file as a whole unless it exists. When two processes race, exactly one wins and
 * the file of the winner stays; both should read it afterwards.
 * @throws StorageError
 */
export async function createFileAtomic(path: string, data: string, mode: number): Promise<void> {
  await throughTemporaryFile(path, data, { mode }, async (temporary) => {
    try {
      await link(temporary, path);
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      if (code === 'EEXIST') return;
      if (code === undefined || !NO_LINKS.has(code)) throw error;
      // Without links the last of the racers wins, which still leaves one whole file.
      await rename(temporary, path);
    }
  });
}

async function throughTemporaryFile(
  path: string,
  data: string,
  making: Making,
  putInPlace: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = temporaryFor(path);
  try {
    await writeDurably(temporary, data, making);
    await putInPlace(temporary);
    await syncFolder(dirname(path));
  } catch (error) {
    throw toStorageError(error, `cannot write ${path}`, 'create');
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function temporaryFor(path: string): string {
  return `${path}.${process.pid}.${randomBytes(6).toString('hex')}.tmp`;
}

async function writeDurably(path: string, data: string, { mode, owner }: Making): Promise<void> {
  const file = await open(path, 'wx', mode);
  try {
    if (owner !== undefined) await file.chown(owner.uid, owner.gid);
    await file.writeFile(data);
    await file.sync();
  } finally {
    await file.close();
  }
}
