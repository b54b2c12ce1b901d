/**
 * The file descriptors of this client, counted. Main opens a file once and hands its number to
 * threads; it is closed only when every task that knows it has let go, because a number that
 * is closed too early gets reused, and bytes would land in a stranger's file without any error.
 */
import { constants, open, type FileHandle } from 'node:fs/promises';
import { bug, toStorageError } from '../../net/errors.js';

/** A descriptor with one user counted; `release` lets go exactly once. */
export interface OpenFile {
  readonly fd: number;
  readonly handle: FileHandle;
  /** Counts one more user of the same descriptor. */
  retain(): OpenFile;
  /** Lets go; the last one closes. Idempotent. */
  release(): Promise<void>;
}

interface Counted {
  readonly handle: FileHandle;
  users: number;
  isClosed: boolean;
}

/**
 * Opens a file.
 * @throws StorageError saying what the disk said
 */
export async function openFile(path: string, flags: string | number): Promise<OpenFile> {
  try {
    return userOf({ handle: await open(path, flags, 0o666), users: 0, isClosed: false });
  } catch (cause) {
    throw toStorageError(cause, `cannot open ${path}`);
  }
}

/**
 * Opens a file to read and write, as it is or emptied, or creates it.
 * @throws StorageError saying what the disk said
 */
export function openOrCreate(path: string, isEmptied = false): Promise<OpenFile> {
  const { O_RDWR, O_CREAT, O_TRUNC } = constants;
  return openFile(path, O_RDWR | O_CREAT | (isEmptied ? O_TRUNC : 0));
}

function userOf(counted: Counted): OpenFile {
  counted.users++;
  let isReleased = false;
  return {
    fd: counted.handle.fd,
    handle: counted.handle,
    retain: () => (counted.isClosed ? bug('a closed file is used again') : userOf(counted)),
    release: async () => {
      if (isReleased) return;
      isReleased = true;
      if (--counted.users > 0) return;
      counted.isClosed = true;
      await counted.handle.close();
    },
  };
}
