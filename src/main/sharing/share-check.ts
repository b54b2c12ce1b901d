/**
 * Reads a file and says whether it is what was shared, piece by piece. Knows nothing of shares and
 * offers; whoever asks says how fast it may go.
 *
 * The file may change meanwhile, so its stamp is taken before and after: of one that was written to
 * while it was read, nothing is known.
 */
import { Bitfield } from '../../net/bitfield.js';
import type { Description } from '../../net/description.js';
import { CancelledError, P2pError } from '../../net/errors.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import type { FolderStamps } from '../../net/folder-stamps.js';
import { pieceLengthAt } from '../../net/piece-layout.js';
import type { ContentSource } from '../../workers/messages/content.js';
import { isUnchanged, type FileStamp } from '../disk/file-stamp.js';
import { openWhole, type WholeContent } from '../disk/whole-content.js';
import type { PieceHashing } from '../threads/piece-hashing.js';
import { heldPieces } from './held-pieces.js';
import { isWrittenSince } from './share-look.js';

/** What reading a file has told. */
export type FileCheck =
  | { readonly state: 'whole'; readonly stamp: FileStamp }
  /** Some pieces are wrong, and nobody wrote to it since it was shared. */
  | { readonly state: 'damaged'; readonly stamp: FileStamp; readonly bad: Bitfield }
  /** It is another file by now, by somebody's doing. */
  | {
      readonly state: 'changed';
      readonly stamp: FileStamp;
      /** Pieces that are not as they were; absent when it was not read, having another size. */
      readonly bad?: Bitfield;
      readonly found?: FoundInFolder;
    }
  /** Somebody wrote to it while it was read. */
  | { readonly state: 'unsteady' }
  | { readonly state: 'missing'; readonly error: P2pError };

/** What of a folder was read and is right: all pieces that it holds but these, as its files were then. */
export interface FoundInFolder {
  readonly bad: Bitfield;
  readonly stamps: FolderStamps;
}

/** A file that is to be checked. */
export interface CheckedFile {
  readonly path: string;
  readonly description: Description;
  /** As it was when it was what is described. */
  readonly stamp: FileStamp;
  /** Which entries of a folder are to be there; absent for all. */
  readonly choice?: FolderChoice;
}

export interface CheckOptions {
  /** Bytes that are read in one go: a few at a time go easy on others, many use all threads. */
  readonly windowBytes: number;
  /** Asked after each window; waits before the next one. `next` is the piece that follows. */
  readonly onWindow: (bytes: number, tookMs: number, next: number) => Promise<void>;
  /** Where to begin. @default 0 */
  readonly firstPiece?: number;
  /** The first wrong piece is enough. @default false */
  readonly stopsAtFirst?: boolean;
  readonly signal: AbortSignal;
}

type Hashing = Pick<PieceHashing, 'checkPieces'>;

/**
 * Checks a file.
 * @throws P2pError the reason of `signal`, or SYSTEM_LIMIT
 */
export async function checkFile(
  hashing: Hashing,
  checked: CheckedFile,
  options: CheckOptions,
): Promise<FileCheck> {
  let file: WholeContent;
  try {
    file = await openWhole(checked.path, checked.description, { choice: checked.choice });
  } catch (error) {
    if (error instanceof P2pError && !tellsNothing(error)) return { state: 'missing', error };
    throw error;
  }
  try {
    return await checkOpen(hashing, checked, file, options);
  } finally {
    await file.release();
  }
}

async function checkOpen(
  hashing: Hashing,
  checked: CheckedFile,
  file: WholeContent,
  options: CheckOptions,
): Promise<FileCheck> {
  const { stamp } = checked;
  const { stamp: before, firstOther, content } = file;
  const isOther = before.size !== stamp.size || firstOther !== undefined;
  const isFolder = content.type === 'folder';
  // In a folder the other files may be what they were.
  if (isOther && !isFolder) return { state: 'changed', stamp: before };
  const bad = await badPieces(hashing, checked, file, options);
  const { stamp: now } = await file.look();
  if (!isUnchanged(before, now)) return { state: 'unsteady' };
  if (bad.count === 0 && !isOther) return { state: 'whole', stamp: now };
  if (!isOther && !isWrittenSince(stamp, now)) return { state: 'damaged', stamp: now, bad };
  return {
    state: 'changed',
    ...{ stamp: now, bad },
    ...(isFolder && { found: { bad, stamps: content.stamps } }),
  };
}

async function badPieces(
  hashing: Hashing,
  { description, choice }: CheckedFile,
  { content }: WholeContent,
  options: CheckOptions,
): Promise<Bitfield> {
  const { windowBytes, onWindow, firstPiece = 0, stopsAtFirst = false, signal } = options;
  const { layout } = description;
  const bad = new Bitfield(layout.pieceCount);
  const held = heldPieces(description, choice);
  const most = Math.max(1, Math.floor(windowBytes / layout.pieceLength));
  for (let first = firstPiece; first < layout.pieceCount; first += most) {
    signal.throwIfAborted();
    const end = Math.min(layout.pieceCount, first + most);
    const startedAtMs = performance.now();
    await checkWindow(hashing, description, { content, held, first, end, signal }, bad);
    if (stopsAtFirst && bad.count > 0) break;
    let bytes = 0;
    for (let piece = first; piece < end; piece++) {
      if (held.has(piece)) bytes += pieceLengthAt(layout, piece);
    }
    await onWindow(bytes, performance.now() - startedAtMs, end);
  }
  return bad;
}

interface Window {
  readonly content: ContentSource;
  readonly held: Bitfield;
  readonly first: number;
  readonly end: number;
  readonly signal: AbortSignal;
}

/** Adds what is wrong between two pieces. What cannot be read is as wrong as what reads otherwise. */
async function checkWindow(
  hashing: Hashing,
  description: Description,
  { content, held, first, end, signal }: Window,
  bad: Bitfield,
): Promise<void> {
  const { layout } = description;
  const wanted = new Bitfield(layout.pieceCount);
  for (let piece = first; piece < end; piece++) if (held.has(piece)) wanted.add(piece);
  if (wanted.count === 0) return;
  try {
    const good = await hashing.checkPieces({ content, layout, signal }, description, wanted);
    for (const piece of wanted.without(good).indexes()) bad.add(piece);
  } catch (error) {
    signal.throwIfAborted();
    if (!(error instanceof P2pError) || tellsNothing(error)) throw error;
    if (end - first === 1) bad.add(first);
    for (let piece = first; end - first > 1 && piece < end; piece++) {
      await checkWindow(
        hashing,
        description,
        { content, held, first: piece, end: piece + 1, signal },
        bad,
      );
    }
  }
}

/** Lack of memory or descriptors is no fault of the file. */
function tellsNothing(error: P2pError): boolean {
  return error instanceof CancelledError || error.code === 'SYSTEM_LIMIT';
}
