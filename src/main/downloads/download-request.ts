/** What is downloaded and where to, as the parts of a download see it; decided once, never changed. */
import type { Bitfield } from '../../net/bitfield.js';
import type { Description } from '../../net/description.js';
import { bug } from '../../net/errors.js';
import { bytesOfPieces, piecesOfChoice, type FolderChoice } from '../../net/folder-choice.js';
import { folderLayout } from '../../net/folder-layout.js';
import { BRIEF_DOWNLOAD_PIECES, MiB } from '../../net/limits.js';
import type { PieceLayout } from '../../net/piece-layout.js';
import type { OnlinePeer } from '../../net/tracker-api.js';
import type { Turn } from '../home/download-turn.js';
import type { LibraryShare } from '../home/library-records.js';
import type { LeftStamp } from '../disk/part-trust.js';
import type { RepairedPlace } from '../disk/repaired-place.js';

/**
 * How much of a download there is to look after. `one-piece`: all or nothing, never growing, in
 * one write. `brief`: likely over before its swarm changes. `long`: everything else.
 */
export type DownloadKind = 'one-piece' | 'brief' | 'long';

export interface DownloadRequest {
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  readonly fileId: string;
  readonly description: Description;
  readonly kind: DownloadKind;
  /** What is downloaded of a folder; absent for all of it. */
  readonly choice?: RequestedChoice;
  /** Absolute path of the finished file. */
  readonly path: string;
  readonly partPath: string;
  readonly overwrite: boolean;
  /** It is a repair: what it finds in its place. */
  readonly repairs?: RepairedPlace;
  /** What lies at `path` stays beside it, unless it is to be overwritten. @default false */
  readonly keepsOlder?: boolean;
  /** Somebody reads the file from its beginning while it comes. @default false */
  readonly isInOrder?: boolean;
  /** It goes as soon as whoever reads it has all of it. @default false */
  readonly isPassing?: boolean;
  /** Give up after this long without a byte; 0 waits for ever. */
  readonly timeoutMs: number;
  /** Its place in the line, until it begins or is moved. */
  readonly turn: Turn;
  /** Peers that had the file when it was looked up; there may be others. */
  readonly firstPeers: readonly OnlinePeer[];
  /** An earlier run of this download may have given the file its name already. */
  readonly isAgain: boolean;
  /** What an earlier run says of its part file; undefined when it left nothing. */
  readonly left: LeftPieces | undefined;
  /** This client shares just that from elsewhere: it is copied, however small it is. @default false */
  readonly isSharedHere?: boolean;
}

/** Some files of a folder. */
export interface RequestedChoice {
  readonly entries: FolderChoice;
  /** Bytes of the pieces in which they lie. */
  readonly bytes: number;
}

/** Pieces of an earlier run. */
export interface LeftPieces extends LeftStamp {
  /** On the disk, if the part file is as it was left. */
  readonly kept: Bitfield;
  /** Bytes of those. */
  readonly keptBytes: number;
  /** Verified, or said to be: only hashing can tell. */
  readonly doubtful: Bitfield;
}

/** Some entries of a folder, with what they take. */
export function requestedChoice(
  { folder = [], layout }: Description,
  entries: FolderChoice,
): RequestedChoice {
  const lies = folderLayout(folder, layout.pieceLength) ?? bug('a folder without a layout');
  const { wanted } = piecesOfChoice(lies, entries);
  return { entries, bytes: bytesOfPieces(lies.pieces, wanted) };
}

/** What this client shares under the name of a file, when it is just that and lies elsewhere. */
export function isSharedElsewhere(
  share: Pick<LibraryShare, 'fileId' | 'path'> | undefined,
  { fileId, path }: Pick<DownloadRequest, 'fileId' | 'path'>,
): boolean {
  return share?.fileId === fileId && share.path !== path;
}

/** Bytes that there are to have. */
export function wantedBytesOf({ choice, description }: DownloadRequest): number {
  return choice?.bytes ?? description.layout.size;
}

/** The kind of a download of a content that is cut like this; a folder never comes in one write. */
export function downloadKindOf({ pieceCount, lengths }: PieceLayout): DownloadKind {
  if (pieceCount === 1 && !lengths) return 'one-piece';
  return pieceCount <= BRIEF_DOWNLOAD_PIECES ? 'brief' : 'long';
}

/** The largest file that goes in a parcel: more gains nothing by it. */
const MAX_PARCEL_FILE_BYTES = 1 * MiB;

/**
 * True for a small file of which nothing is there, and that takes nothing's place: it may be fetched
 * and made as a whole, together with others (parcels.ts).
 */
export function fitsParcel(request: DownloadRequest): boolean {
  const { kind, description, overwrite, repairs, keepsOlder = false } = request;
  const { isAgain, left, isSharedHere = false } = request;
  const isNew = !overwrite && !repairs && !keepsOlder && !isAgain && !left && !isSharedHere;
  const isPlain = kind === 'one-piece' && description.sha256 === undefined;
  return isNew && isPlain && description.layout.size <= MAX_PARCEL_FILE_BYTES;
}
