/** What is to be shared, and what it is once it is hashed; and the refusal that a name is taken. */
import { TrackerError } from '../../net/errors.js';
import type { LeftOut } from '../api/progress.js';
import type { FileStamp } from '../disk/file-stamp.js';
import type { HashedRun } from '../threads/piece-hashing.js';

/** Pieces that were hashed while their file was written, if it is cut in pieces of that length. */
export interface AheadPieces {
  /** Of the file; in another one they mean nothing. */
  readonly inode: bigint;
  readonly pieceLength: number;
  readonly runs: readonly HashedRun[];
}

/** What is to be shared, and how. */
export interface ShareRequest {
  /** Absolute. */
  readonly path: string;
  readonly groupId: string;
  /** The name in the group, when it is not the file's own. */
  readonly as?: string;
  readonly sha256: boolean;
  /** The name is to stand for this file, whatever it stands for. */
  readonly replace?: boolean;
  /** Patterns of what is not shared of a folder, see folder-scan.ts. */
  readonly exclude?: readonly string[];
  /** Aborted when the user does not want it any more; nothing is shared then. */
  readonly signal?: AbortSignal;
  /** What was hashed of it while it was written. @default nothing */
  readonly ahead?: AheadPieces;
  /** False of a reader, who shares only what the group has. @default true */
  readonly mayBring?: boolean;
}

/** A file, or a folder, that is hashed and can be shared. */
export interface HashedShare {
  readonly groupId: string;
  readonly name: string;
  readonly fileId: string;
  /** Absolute. */
  readonly path: string;
  readonly stamp: FileStamp;
  readonly pieceLength: number;
  /** Its description; see net/description.ts. */
  readonly encoded: Uint8Array;
  /** Of a folder. */
  readonly folder?: { readonly files: number; readonly leftOut: LeftOut };
}

/** The refusal of a name under which the group has other content. */
export function nameTaken(groupId: string, name: string): TrackerError {
  return new TrackerError(
    'NAME_TAKEN',
    `other content is shared as "${name}" in ${groupId} already; --replace shares yours as its newer version, or share it under another name with --as NAME`,
  );
}
