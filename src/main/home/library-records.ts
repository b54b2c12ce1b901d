/**
 * What the library keeps, as its callers see it, and the reading of its rows. The rows were
 * written by us, so they are trusted; only their form is changed here. What a damaged disk has made
 * of them is noticed where it has no such form.
 */
import { isErrorCode, type WireError } from '../../net/errors.js';
import { Bitfield } from '../../net/bitfield.js';
import type { FolderChoice } from '../../net/folder-choice.js';
import type { FileStamp } from '../disk/file-stamp.js';
import type { Turn } from './download-turn.js';
import { wholeNumber } from './whole-number.js';

/** Whose shares and downloads: one user at one tracker. */
export interface Account {
  /** The tracker's identity, see tracker-link.ts; the same for every address it has. */
  readonly trackerId: string;
  readonly userId: string;
}

/** The canonical description of a content; kept once per file id. */
export interface StoredDescription {
  readonly fileId: string;
  /** Bytes. */
  readonly pieceLength: number;
  /** See net/description.ts. */
  readonly encoded: Uint8Array;
}

/** A file on this disk that is shared with a group under a name. */
export interface Share {
  readonly groupId: string;
  /** Which group of that name; empty in a row that was written before groups had one. */
  readonly incarnation: string;
  readonly name: string;
  readonly fileId: string;
  /** Absolute. */
  readonly path: string;
  /** The file as it was when it was hashed. */
  readonly stamp: FileStamp;
  readonly sharedAtMs: number;
  /** Which entries of a folder are shared; absent for all. */
  readonly choice?: FolderChoice;
}

/** A share as it is read back. */
export interface LibraryShare extends Share {
  /** Bytes. */
  readonly pieceLength: number;
  /** Set when it is a folder; `stamp` stands for all its files then, see folder-stamps.ts. */
  readonly isFolder?: true;
  /** Set while the file with this stamp is known not to be what was shared. */
  readonly damagedAtMs?: number;
}

/** How far the checking of an account's shares has come; see sharing/scrub-schedule.ts. */
export interface ScrubRound {
  readonly startedAtMs: number;
  /** The share, and its piece, with which it goes on; undefined when the round is over. */
  readonly next: ScrubPosition | undefined;
}

/** A place in the order of an account's shares: by group, then by name. */
export interface ScrubPosition {
  readonly groupId: string;
  readonly name: string;
  readonly piece: number;
}

/** What a download is, from its first moment. */
export interface NewDownload {
  readonly id: string;
  readonly groupId: string;
  /** As in a share. */
  readonly incarnation: string;
  readonly name: string;
  readonly fileId: string;
  /** Absolute path of the finished file. */
  readonly path: string;
  /** Absolute path of the file that is written until then. */
  readonly partPath: string;
  /** Bytes that there are to have. */
  readonly size: number;
  readonly startedAtMs: number;
  /** Which entries of a folder are downloaded; absent for all. */
  readonly choice?: FolderChoice;
  /** What becomes of what has its place: it is replaced, or kept beside. @default it stays */
  readonly over?: 'overwrite' | 'keep-older';
  /** @default behind all others of normal priority */
  readonly turn?: Turn;
}

/** A download as it is read back. `running` also stands for one that a dead engine left. */
export type LibraryDownload = NewDownload & {
  /** Bytes of its pieces that are on the disk, while it is not complete. */
  readonly keptBytes: number;
  readonly turn: Turn;
} & (
    | { readonly state: 'running' }
    | { readonly state: 'complete'; readonly finishedAtMs: number }
    | { readonly state: 'failed'; readonly finishedAtMs: number; readonly error: WireError }
  );

/** Columns of `shares` joined with `descriptions`. */
export interface ShareRow {
  readonly group_id: string;
  readonly incarnation: string;
  readonly name: string;
  readonly file_id: string;
  readonly path: string;
  readonly size: number;
  readonly mtime_ns: string;
  readonly inode: string;
  readonly ctime_ns: string | null;
  readonly shared_at_ms: number;
  readonly damaged_at_ms: number | null;
  readonly piece_length: number;
  readonly is_folder: number;
  readonly choice: Uint8Array | null;
}

/** Columns of `scrub_rounds`. */
export interface ScrubRoundRow {
  readonly started_at_ms: number;
  readonly next_group_id: string | null;
  readonly next_name: string | null;
  readonly next_piece: number | null;
}

/** Columns of `downloads`, without the pieces. */
export interface DownloadRow {
  readonly id: string;
  readonly group_id: string;
  readonly incarnation: string;
  readonly name: string;
  readonly file_id: string;
  readonly path: string;
  readonly part_path: string;
  readonly size: number;
  readonly state: 'running' | 'complete' | 'failed';
  readonly error_code: string | null;
  readonly error_message: string | null;
  readonly started_at_ms: number;
  readonly finished_at_ms: number | null;
  readonly kept_bytes: number | null;
  readonly choice: Uint8Array | null;
  readonly over: 'overwrite' | 'keep-older' | null;
  readonly place: number;
  readonly priority: 'high' | 'low' | null;
}

export function toShare(row: ShareRow): LibraryShare {
  const { size, ctime_ns: ctimeNs, damaged_at_ms: damagedAtMs } = row;
  const stamp = { size, mtimeNs: wholeNumber(row.mtime_ns), inode: wholeNumber(row.inode) };
  return {
    groupId: row.group_id,
    incarnation: row.incarnation,
    name: row.name,
    fileId: row.file_id,
    path: row.path,
    stamp: ctimeNs === null ? stamp : { ...stamp, ctimeNs: wholeNumber(ctimeNs) },
    sharedAtMs: row.shared_at_ms,
    pieceLength: row.piece_length,
    ...(row.is_folder === 0 ? {} : { isFolder: true }),
    ...choiceIn(row),
    ...(damagedAtMs === null ? {} : { damagedAtMs }),
  };
}

export function toScrubRound(row: ScrubRoundRow): ScrubRound {
  const { started_at_ms: startedAtMs, next_group_id: groupId, next_name: name } = row;
  const isOver = groupId === null || name === null;
  const next = isOver ? undefined : { groupId, name, piece: row.next_piece ?? 0 };
  return { startedAtMs, next };
}

function turnIn({ priority, place }: Pick<DownloadRow, 'priority' | 'place'>): Turn {
  return { priority: priority ?? 'normal', place };
}

/** As long as whole bytes are, which may be longer than the table. */
function choiceIn({ choice }: { readonly choice: Uint8Array | null }) {
  const bits = choice && Bitfield.from(choice, 8 * choice.length);
  return bits ? { choice: bits } : {};
}

export function toDownload(row: DownloadRow): LibraryDownload {
  const download = {
    id: row.id,
    groupId: row.group_id,
    incarnation: row.incarnation,
    name: row.name,
    fileId: row.file_id,
    path: row.path,
    partPath: row.part_path,
    size: row.size,
    startedAtMs: row.started_at_ms,
    keptBytes: row.kept_bytes ?? 0,
    ...choiceIn(row),
    ...(row.over !== null && { over: row.over }),
    turn: turnIn(row),
  };
  const finishedAtMs = row.finished_at_ms ?? row.started_at_ms;
  if (row.state === 'running') return { ...download, state: 'running' };
  if (row.state === 'complete') return { ...download, state: 'complete', finishedAtMs };
  // A newer p2p may have written a code that this one does not know.
  const code = isErrorCode(row.error_code) ? row.error_code : 'INTERNAL';
  const error = { code, message: row.error_message ?? code };
  return { ...download, state: 'failed', finishedAtMs, error };
}
