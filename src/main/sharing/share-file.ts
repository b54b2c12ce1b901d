/**
 * A file on its way to be shared: looks at it and hashes it in the transfer threads. It becomes
 * shared in shares.ts; nothing but its description leaves this machine.
 */
import { basename } from 'node:path';
import {
  SHA1_BYTES,
  describe,
  descriptionBytes,
  encodeDescription,
  fileIdOf,
  type Description,
} from '../../net/description.js';
import { MAX_DESCRIPTION_BYTES } from '../../net/limits.js';
import { StorageError, UsageError, toStorageError } from '../../net/errors.js';
import { checkName } from '../../net/names.js';
import { readOnly } from '../../net/roles.js';
import { choosePieceLength, pieceLayout, type PieceLayout } from '../../net/piece-layout.js';
import type { UploadProgress } from '../api/progress.js';
import { isUnchanged, stampOf, type FileStamp } from '../disk/file-stamp.js';
import { openToRead, type OpenFile } from '../disk/open-files.js';
import type { HashedRun, PieceHashing } from '../threads/piece-hashing.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import { hashFolder } from './share-folder.js';
import { nameTaken, type HashedShare, type ShareRequest } from './share-request.js';
import { kindToShare, notAFile } from './shareable-path.js';

/**
 * Hashes a file or a folder so that it can be shared.
 * @throws StorageError, TrackerError, UsageError
 */
export async function hashForSharing(
  batches: TrackerBatches,
  hashing: PieceHashing,
  request: ShareRequest,
  onProgress: (progress: UploadProgress) => void,
): Promise<HashedShare> {
  const name = checkName('file', request.as ?? basename(request.path));
  const { groupId, path } = request;
  // Said now: what follows may take hours.
  if (request.mayBring === false && !(await batches.describe({ groupId, name }))) {
    throw readOnly(groupId);
  }
  if ((await kindToShare(path)) === 'folder') {
    return hashFolder(batches, hashing, { ...request, name }, onProgress);
  }
  const file = await openToRead(path);
  try {
    const stamp = await stampOfFile(file, path);
    // The same content must be described the same way as it is in the group already.
    const taken = await batches.describe({ groupId, name });
    const isOther = taken && taken.layout.size !== stamp.size;
    if (isOther && !request.replace) throw nameTaken(groupId, name);
    const description = await hash(file, stamp, taken, request, hashing, onProgress);
    if (!isUnchanged(stamp, await stampOfFile(file, path))) {
      throw new StorageError(
        'FILE_CHANGED',
        `${path} changed while it was read; share it when it is at rest`,
      );
    }
    request.signal?.throwIfAborted();
    const encoded = encodeDescription(description);
    const { pieceLength } = description.layout;
    return { groupId, name, fileId: fileIdOf(encoded), path, stamp, pieceLength, encoded };
  } finally {
    await file.release();
  }
}

async function stampOfFile(file: OpenFile, path: string): Promise<FileStamp> {
  const stats = await file.handle.stat({ bigint: true }).catch((cause: unknown) => {
    throw toStorageError(cause, `cannot look at ${path}`, 'read');
  });
  if (!stats.isFile()) throw notAFile(path);
  return stampOf(stats);
}

/** Whether all of these are whole pieces of the file still. */
function lieIn(runs: readonly HashedRun[], { size, pieceLength }: PieceLayout): boolean {
  const wholePieces = Math.floor(size / pieceLength);
  return runs.every(
    ({ firstPiece, hashes }) => firstPiece + hashes.length / SHA1_BYTES <= wholePieces,
  );
}

function madeShorter(path: string): StorageError {
  return new StorageError('FILE_CHANGED', `somebody made ${path} shorter; try again`);
}

async function hash(
  file: OpenFile,
  stamp: FileStamp,
  taken: Description | undefined,
  request: ShareRequest,
  hashing: PieceHashing,
  onProgress: (progress: UploadProgress) => void,
): Promise<Description> {
  const { size } = stamp;
  const isCutAlike = taken?.layout.size === size;
  const pieceLength = isCutAlike ? taken.layout.pieceLength : choosePieceLength(size);
  const layout = pieceLayout(size, pieceLength);
  if (!layout || descriptionBytes(layout) > MAX_DESCRIPTION_BYTES) {
    throw new UsageError(`${request.path} is larger than p2p can share`);
  }
  const { ahead } = request;
  const isAhead = ahead?.pieceLength === pieceLength && ahead.inode === stamp.inode;
  if (isAhead && !lieIn(ahead.runs, layout)) throw madeShorter(request.path);
  let hashedPieces = 0;
  const onHashed = (pieces: number): void => {
    hashedPieces += pieces;
    const hashed = Math.min(size, hashedPieces * layout.pieceLength);
    onProgress({ fileName: basename(request.path), size, hashed });
  };
  // A disk may take its time for the first of them.
  onHashed(0);
  const pieceHashes = await hashing.hashFile({
    content: file.content,
    layout,
    onHashed,
    ...(isAhead && { known: ahead.runs }),
    ...(request.signal && { signal: request.signal }),
  });
  const isSame = taken && Buffer.compare(pieceHashes, taken.pieceHashes) === 0;
  const wantsSha256 = isSame ? taken.sha256 !== undefined : request.sha256;
  if (!wantsSha256) return describe(layout, pieceHashes);
  return describe(layout, pieceHashes, await hashing.sha256({ content: file.content, size }));
}
