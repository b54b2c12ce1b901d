/**
 * A folder on its way to be shared: walks it, hashes its files in the transfer threads, and makes sure
 * that none of them changed meanwhile. Nothing but its description leaves this machine.
 */
import { resolve } from 'node:path';
import {
  describeFolder,
  encodeDescription,
  fileIdOf,
  type Description,
} from '../../net/description.js';
import { StorageError, UsageError } from '../../net/errors.js';
import { folderLayout, folderPieceCount } from '../../net/folder-layout.js';
import type { FolderEntry, FolderTable } from '../../net/folder-table.js';
import { MAX_DESCRIPTION_BYTES, MAX_PIECE_LENGTH } from '../../net/limits.js';
import { choosePieceLength, pieceLengthAt, type PieceLayout } from '../../net/piece-layout.js';
import type { TrackerBatches } from '../account/tracker-batches.js';
import type { UploadProgress } from '../api/progress.js';
import { isUnchanged } from '../disk/file-stamp.js';
import { lookAtFolder } from '../disk/folder-stamps.js';
import { folderSource } from '../disk/whole-content.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import { scanFolder, type ScannedFolder } from './folder-scan.js';
import { nameTaken, type HashedShare, type ShareRequest } from './share-request.js';

/** A newer version keeps the piece length of the one before up to this factor off the best one. */
const MAX_PIECE_LENGTH_FACTOR = 4;

/**
 * Hashes a folder so that it can be shared.
 * @throws StorageError, TrackerError, UsageError
 */
export async function hashFolder(
  batches: Pick<TrackerBatches, 'describe'>,
  hashing: Pick<PieceHashing, 'hashFile'>,
  request: ShareRequest & { readonly name: string },
  onProgress: (progress: UploadProgress) => void,
): Promise<HashedShare> {
  const { groupId, name, exclude = [], signal } = request;
  if (request.sha256) {
    throw new UsageError('--sha256 is for files: a folder is no sequence of bytes to anybody else');
  }
  // A separator at its end is none of its path.
  const path = resolve(request.path);
  const scanned = await scanFolder(path, exclude, signal);
  // The same content must be described the same way as it is in the group already.
  const taken = await batches.describe({ groupId, name });
  if (taken && !request.replace && !isAlike(scanned.table, taken.folder)) {
    throw nameTaken(groupId, name);
  }
  const hashed = await hash(path, scanned, taken, request, hashing, onProgress);
  await requireAtRest(path, scanned);
  signal?.throwIfAborted();
  const encoded = encodeDescription(hashed);
  const { pieceLength } = hashed.layout;
  const files = scanned.table.reduce((count, { kind }) => count + (kind === 'file' ? 1 : 0), 0);
  const about = { fileId: fileIdOf(encoded), path, stamp: scanned.stamp, pieceLength, encoded };
  return { groupId, name, ...about, folder: { files, leftOut: scanned.leftOut } };
}

async function hash(
  path: string,
  { table, stamps }: ScannedFolder,
  taken: Description | undefined,
  { name, signal }: { readonly name: string; readonly signal?: AbortSignal },
  hashing: Pick<PieceHashing, 'hashFile'>,
  onProgress: (progress: UploadProgress) => void,
): Promise<Description> {
  const layout = layoutOf(path, table, taken);
  const content = folderSource(path, table, layout.pieceLength, stamps);
  const { size } = layout;
  let hashedPieces = 0;
  let hashed = 0;
  const onHashed = (pieces: number): void => {
    // Which ones is not said; of all together it comes out even.
    for (let count = 0; count < pieces && hashedPieces < layout.pieceCount; count++) {
      hashed += pieceLengthAt(layout, hashedPieces++);
    }
    onProgress({ fileName: name, size, hashed });
  };
  // A disk may take its time for the first of them.
  onHashed(0);
  const job = { content, layout, onHashed, ...(signal && { signal }) };
  const pieceHashes = await hashing.hashFile(job);
  const isSame = taken && isAlike(table, taken.folder) && isEqual(pieceHashes, taken.pieceHashes);
  // Whose files have other times shares what the group has, and not one more version of it.
  return isSame ? taken : describeFolder(table, layout, pieceHashes);
}

/** @throws UsageError when a folder is too large to be described */
function layoutOf(path: string, table: FolderTable, taken: Description | undefined): PieceLayout {
  for (let length = pieceLengthFor(table, taken); length <= MAX_PIECE_LENGTH; length *= 2) {
    if (!fits(table, length)) continue;
    const layout = folderLayout(table, length);
    if (layout) return layout.pieces;
  }
  throw new UsageError(`${path} is larger than p2p can share; share its folders one by one`);
}

/** A newer version is cut as the one before, so that what did not change keeps its pieces. */
function pieceLengthFor(table: FolderTable, taken: Description | undefined): number {
  const best = choosePieceLength(table.reduce((sum, { size }) => sum + size, 0));
  if (!taken?.folder) return best;
  const before = taken.layout.pieceLength;
  const factor = Math.max(best / before, before / best);
  return factor <= MAX_PIECE_LENGTH_FACTOR ? before : best;
}

/** Room for the head and the table's own numbers is reckoned generously. */
function fits(table: FolderTable, pieceLength: number): boolean {
  const pieces = folderPieceCount(table, pieceLength);
  if (pieces === undefined) return false;
  const tableBytes = table.reduce((sum, { path }) => sum + Buffer.byteLength(path) + 48, 0);
  return 128 + tableBytes + 20 * pieces <= MAX_DESCRIPTION_BYTES;
}

/** True when two tables differ in nothing but times. */
function isAlike(table: FolderTable, other: FolderTable | undefined): boolean {
  if (table.length !== other?.length) return false;
  const keyOf = ({ path, kind, size, isExecutable }: FolderEntry): string =>
    `${path} ${kind} ${size} ${isExecutable}`;
  return table.every((entry, index) => keyOf(entry) === keyOf(other.at(index)!));
}

function isEqual(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

/** @throws StorageError FILE_CHANGED */
async function requireAtRest(path: string, { table, stamp }: ScannedFolder): Promise<void> {
  const look = await lookAtFolder(path, table);
  if (isUnchanged(stamp, look.stamp)) return;
  const which = look.firstOther ?? look.firstRetimed;
  const where = which === undefined ? path : `${path} (${which} in it)`;
  throw new StorageError(
    'FILE_CHANGED',
    `${where} changed while it was read; share it when it is at rest`,
  );
}
