/**
 * A file or a folder on disk that is to be read as a whole: what threads are handed to read it, and its
 * stamp, now and later.
 */
import type { Description } from '../../net/description.js';
import { StorageError, bug, toStorageError } from '../../net/errors.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import { folderLayout } from '../../net/folder-layout.js';
import type { FolderTable } from '../../net/folder-table.js';
import { folderPathsOf } from '../../net/folder-paths.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import type { FolderSource } from '../../workers/messages/content.js';
import { stampOf, type FileStamp } from './file-stamp.js';
import { lookAtFolder } from './folder-stamps.js';
import { openToRead, type OpenContent, type OpenFile } from './open-files.js';

/** What a look tells. */
export interface ContentLook {
  readonly stamp: FileStamp;
  /** Of a folder: the first files that are not as its table says; see FolderLook. */
  readonly firstOther?: string;
  readonly firstRetimed?: string;
}

/** What was opened, as it was then, with one user counted. */
export interface WholeContent extends OpenContent, ContentLook {
  /** As it is now. @throws StorageError */
  look(): Promise<ContentLook>;
}

/** What a folder was when somebody looked at it. */
export interface KnownFolder {
  readonly stamp: FileStamp;
  readonly stamps: FolderStamps;
}

/** How a folder is opened. */
export interface OpenedAs {
  /** What of it counts. @default everything */
  readonly choice?: FolderChoice | undefined;
  /** @default as it is found now */
  readonly known?: KnownFolder | undefined;
}

/**
 * Opens what a description tells of, whatever it is by now; of a folder perhaps only what is chosen. A
 * folder of which it is known what it was is opened without a look: threads read each of its files only
 * if it is still that.
 * @throws StorageError when it is not there, is of another kind, or the disk does not let us
 */
export async function openWhole(
  path: string,
  { folder, layout }: Pick<Description, 'folder' | 'layout'>,
  { choice, known }: OpenedAs = {},
): Promise<WholeContent> {
  if (folder) return openFolder(path, folder, layout.pieceLength, { choice, known });
  const file = await openToRead(path);
  try {
    return fileAt(path, file, await stampIn(file, path));
  } catch (error) {
    await file.release();
    throw error;
  }
}

function fileAt(path: string, file: OpenFile, stamp: FileStamp): WholeContent {
  return {
    content: file.content,
    stamp,
    look: async () => ({ stamp: await stampIn(file, path) }),
    retain: () => fileAt(path, file.retain(), stamp),
    release: () => file.release(),
  };
}

async function openFolder(
  root: string,
  table: FolderTable,
  pieceLength: number,
  { choice, known }: OpenedAs,
): Promise<WholeContent> {
  const { stamps, ...look } = known ?? (await lookAtFolder(root, table, choice));
  const whole: WholeContent = {
    content: folderSource(root, table, pieceLength, stamps),
    ...look,
    look: () => lookAtFolder(root, table, choice),
    // Threads open its files themselves, and close them.
    retain: () => whole,
    release: () => Promise.resolve(),
  };
  return whole;
}

/** What threads need to read a folder, each file only as it was when it was looked at. */
export function folderSource(
  root: string,
  table: FolderTable,
  pieceLength: number,
  stamps: FolderStamps,
): FolderSource {
  const layout = folderLayout(table, pieceLength) ?? bug('a folder without a layout');
  return { type: 'folder', root, layout, paths: folderPathsOf(table), stamps };
}

async function stampIn({ handle }: OpenFile, path: string): Promise<FileStamp> {
  const stats = await handle.stat({ bigint: true }).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot look at ${path}`, 'read');
  });
  if (!stats.isFile()) throw new StorageError('FILE_CHANGED', `${path} is no file`);
  return stampOf(stats);
}
