/**
 * The file descriptors of this client, counted. Main opens a file once and hands its number to
 * threads; it is closed only when every task that knows it has let go, because a number that
 * is closed too early gets reused, and bytes would land in a stranger's file without any error.
 */
import { randomBytes } from 'node:crypto';
import { constants, open, rm, type FileHandle } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { bug, toStorageError } from '../../net/errors.js';
import type { ContentSource } from '../../workers/messages/content.js';

/** What a platform lacks of these is none of its dangers. */
const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL, O_NOFOLLOW = 0, O_NONBLOCK = 0 } = constants;
const CREATE_ONLY = O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW;
/** Opening a pipe would wait for somebody else. */
const READ_AND_WRITE_ONLY = O_RDWR | O_NOFOLLOW | O_NONBLOCK;

/** What the system says of a link, a folder, a socket, what another user has, and of nothing. */
const NOT_OURS = new Set(['ELOOP', 'EMLINK', 'EISDIR', 'ENXIO', 'EACCES', 'EPERM', 'ENOENT']);

/** Bytes on disk for one counted user, who may hand them to threads; `release` lets go exactly once. */
export interface OpenContent {
  readonly content: ContentSource;
  /** Counts one more user of the same. */
  retain(): OpenContent;
  /** Lets go; the last one closes. Idempotent; never rejects. */
  release(): Promise<void>;
}

/** A descriptor with one user counted. */
export interface OpenFile extends OpenContent {
  readonly fd: number;
  readonly handle: FileHandle;
  retain(): OpenFile;
}

interface Counted {
  readonly handle: FileHandle;
  users: number;
  isClosed: boolean;
}

/**
 * Opens a file to read, whatever lies there by now: a pipe in its place would else keep one of the
 * few threads for opening until somebody writes into it. The caller looks at what it got.
 * @throws StorageError saying what the disk said
 */
export async function openToRead(path: string): Promise<OpenFile> {
  try {
    const handle = await open(path, O_RDONLY | O_NONBLOCK);
    return userOf({ handle, users: 0, isClosed: false });
  } catch (cause) {
    throw toStorageError(cause, `cannot open ${path}`, 'read');
  }
}

/**
 * Makes a file to read and write that was not there; undefined when anything has its name, be it a
 * link that leads nowhere.
 * @throws StorageError saying what the disk said
 */
export async function createFile(path: string): Promise<OpenFile | undefined> {
  try {
    return userOf({ handle: await open(path, CREATE_ONLY, 0o666), users: 0, isClosed: false });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw toStorageError(cause, `cannot create ${path}`, 'create');
  }
}

/**
 * Opens a file to read and write when it can only be one that we made and left: a plain file of
 * ours, of a size that it may have, that has no second name. Undefined when it is anything else, so that
 * neither what somebody else may still write to is taken for ours, nor a file of ours that they
 * linked or moved here overwritten.
 * @throws StorageError when the disk does not let us look
 */
export async function openLeftFile(
  path: string,
  isOfSize: (size: number) => boolean,
): Promise<OpenFile | undefined> {
  let handle: FileHandle;
  try {
    handle = await open(path, READ_AND_WRITE_ONLY);
  } catch (cause) {
    if (NOT_OURS.has((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw toStorageError(cause, `cannot open ${path}`);
  }
  const file = userOf({ handle, users: 0, isClosed: false });
  try {
    const stats = await handle.stat();
    const isPlain = stats.isFile() && stats.nlink === 1 && isOfSize(stats.size);
    if (isPlain && (await isOfUs(stats.uid, dirname(path)))) return file;
  } catch (cause) {
    await file.release();
    throw toStorageError(cause, `cannot look at ${path}`);
  }
  await file.release();
  return undefined;
}

/** Some file systems (FAT, shares of a network) give all files to one user, whoever makes them. */
async function isOfUs(userId: number, folder: string): Promise<boolean> {
  const ownId = process.getuid?.();
  if (ownId === undefined || userId === ownId) return true;
  const path = join(folder, `.${randomBytes(8).toString('hex')}.part`);
  const probe = await createFile(path).catch(() => undefined);
  if (!probe) return false;
  const uid = await probe.handle.stat().then(
    (stats) => stats.uid,
    () => undefined,
  );
  await probe.release();
  await rm(path, { force: true }).catch(() => undefined);
  return uid === userId;
}

function userOf(counted: Counted): OpenFile {
  counted.users++;
  let isReleased = false;
  return {
    content: { type: 'file', fd: counted.handle.fd },
    fd: counted.handle.fd,
    handle: counted.handle,
    retain: () => (counted.isClosed ? bug('a closed file is used again') : userOf(counted)),
    release: async () => {
      if (isReleased) return;
      isReleased = true;
      if (--counted.users > 0) return;
      counted.isClosed = true;
      // What was written has been synced by then, or is given up: a failing close loses nothing.
      await counted.handle.close().catch(() => undefined);
    },
  };
}
