/**
 * Sharing a file: looks at it, hashes it in the transfer threads, and tells the tracker its
 * description. Nothing but the description leaves this machine.
 */
import { stat } from 'node:fs/promises';
import { basename } from 'node:path';
import {
  describe,
  descriptionBytes,
  encodeDescription,
  fileIdOf,
  type Description,
} from '../../net/description.js';
import { MAX_DESCRIPTION_BYTES } from '../../net/limits.js';
import { StorageError, TrackerError, UsageError, toStorageError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import { choosePieceLength, pieceLayout } from '../../net/piece-layout.js';
import type { HasherName } from '../../workers/messages.js';
import type { UploadProgress, UploadResult } from '../api/progress.js';
import { isUnchanged, stampOf, type FileStamp } from '../disk/file-stamp.js';
import { openFile, type OpenFile } from '../disk/open-files.js';
import { hashFile } from '../threads/piece-hashing.js';
import type { TransferPool } from '../threads/transfer-pool.js';
import type { TrackerBatches } from '../account/tracker-batches.js';

/** What is to be shared, and how. */
export interface ShareRequest {
  /** Absolute. */
  readonly path: string;
  readonly groupId: string;
  /** The name in the group, when it is not the file's own. */
  readonly as?: string;
  readonly sha256: boolean;
  /** Aborted when the user does not want it any more; nothing is shared then. */
  readonly signal?: AbortSignal;
}

/** A file that the tracker knows now. */
export interface SharedFile {
  readonly result: UploadResult;
  readonly stamp: FileStamp;
  readonly pieceLength: number;
  readonly encoded: Uint8Array;
}

/**
 * Hashes a file and shares it.
 * @throws StorageError, TrackerError, UsageError
 */
export async function hashAndShare(
  batches: TrackerBatches,
  pool: TransferPool,
  hasher: HasherName,
  request: ShareRequest,
  onProgress: (progress: UploadProgress) => void,
): Promise<SharedFile> {
  const name = checkName('file', request.as ?? basename(request.path));
  const { groupId } = request;
  await requireFile(request.path);
  const file = await openFile(request.path, 'r');
  try {
    const stamp = await stampOfFile(file, request.path);
    // The same content must be described the same way as it is in the group already.
    const taken = await batches.describe({ groupId, name });
    if (taken && taken.layout.size !== stamp.size) throw nameTaken(groupId, name);
    const description = await hash(file, stamp, taken, request, pool, hasher, onProgress);
    if (!isUnchanged(stamp, stampOf(await file.handle.stat({ bigint: true })))) {
      throw new StorageError(
        'FILE_CHANGED',
        `${request.path} changed while it was read; share it when it is at rest`,
      );
    }
    request.signal?.throwIfAborted();
    const encoded = encodeDescription(description);
    const fileId = fileIdOf(encoded);
    const { outcome } = await batches
      .share({ groupId, name, fileId, encoded }, false)
      .catch((error: unknown) => {
        if (error instanceof TrackerError && error.code === 'NAME_TAKEN')
          throw nameTaken(groupId, name);
        throw error;
      });
    const { pieceLength } = description.layout;
    return { result: { name, size: stamp.size, fileId, outcome }, stamp, pieceLength, encoded };
  } finally {
    await file.release();
  }
}

/** Before it is opened: opening a pipe waits until somebody writes into it. */
async function requireFile(path: string): Promise<void> {
  const stats = await stat(path).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot open ${path}`);
  });
  if (!stats.isFile()) throw notAFile(path);
}

function notAFile(path: string): UsageError {
  return new UsageError(
    `${path} is not a file; folders, pipes and devices cannot be shared`,
    'NOT_A_FILE',
  );
}

async function stampOfFile(file: OpenFile, path: string): Promise<FileStamp> {
  const stats = await file.handle.stat({ bigint: true });
  if (!stats.isFile()) throw notAFile(path);
  return stampOf(stats);
}

async function hash(
  file: OpenFile,
  stamp: FileStamp,
  taken: Description | undefined,
  request: ShareRequest,
  pool: TransferPool,
  hasher: HasherName,
  onProgress: (progress: UploadProgress) => void,
): Promise<Description> {
  const { size } = stamp;
  const layout = pieceLayout(size, taken?.layout.pieceLength ?? choosePieceLength(size));
  if (!layout || descriptionBytes(layout) > MAX_DESCRIPTION_BYTES) {
    throw new UsageError(`${request.path} is larger than p2p can share`);
  }
  let hashedPieces = 0;
  const onHashed = (pieces: number): void => {
    hashedPieces += pieces;
    const hashed = Math.min(size, hashedPieces * layout.pieceLength);
    onProgress({ fileName: basename(request.path), size, hashed });
  };
  const pieceHashes = await hashFile({
    pool,
    hasher,
    fd: file.fd,
    layout,
    onHashed,
    ...(request.signal && { signal: request.signal }),
  });
  const wantsSha256 = taken ? taken.sha256 !== undefined : request.sha256;
  if (!wantsSha256) return describe(layout, pieceHashes);
  return describe(layout, pieceHashes, await pool.sha256({ fd: file.fd, size }));
}

function nameTaken(groupId: string, name: string): TrackerError {
  return new TrackerError(
    'NAME_TAKEN',
    `other content is shared as "${name}" in ${groupId} already; share yours under another name with --as NAME`,
  );
}
