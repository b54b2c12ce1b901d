/**
 * Pieces that lie, right, where a download goes, and cannot stay there: they are copied from there. A file is
 * opened only while it is what it was when they were found. Owns no state.
 */
import type { Bitfield } from '../../net/bitfield.js';
import { StorageError } from '../../net/errors.js';
import type { ContentSource } from '../../workers/messages/content.js';
import { isUnchanged, type FileStamp } from '../disk/file-stamp.js';
import { openWhole, type WholeContent } from '../disk/whole-content.js';
import type { DownloadRequest } from './download-request.js';

/** Of a folder, whose files threads open themselves. */
export interface RightInFolder {
  readonly content: ContentSource;
  readonly pieces: Bitfield;
}

/** Of a file that is as it was. */
export interface RightInFile {
  readonly path: string;
  readonly stamp: FileStamp;
  readonly pieces: Bitfield;
}

export type RightInPlace = RightInFolder | RightInFile;

/** Of the file that a download repairs; undefined when it repairs none, or nothing of it is right. */
export function rightInFile({ path, repairs }: DownloadRequest): RightInFile | undefined {
  if (!repairs || repairs.state === 'missing' || repairs.right.count === 0) return undefined;
  return { path, stamp: repairs.stamp, pieces: repairs.right };
}

/**
 * Opens such a file; undefined when it is not what it was, or cannot be read, and peers have to help.
 * @throws StorageError SYSTEM_LIMIT: with too few descriptors peers cannot help either
 */
export async function openRightFile(
  { path, stamp }: RightInFile,
  description: Parameters<typeof openWhole>[1],
): Promise<WholeContent | undefined> {
  const open = await openWhole(path, description).catch((error: unknown) => {
    if (error instanceof StorageError && error.code !== 'SYSTEM_LIMIT') return undefined;
    throw error;
  });
  if (!open || isUnchanged(stamp, open.stamp)) return open;
  await open.release();
  return undefined;
}
