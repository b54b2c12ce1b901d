/** A folder that is kept the same as a group: what is asked for, what happens, and what came of it, as plain data. */
import type { WireError } from '../../net/errors.js';

/** What is to be kept the same, and how. */
export interface SyncRequest {
  readonly groupId: string;
  /** Absolute; it is made where it is not there. */
  readonly folder: string;
  /** Ends when all is the same, and does not wait for changes. */
  readonly isOnce: boolean;
  /** What is new or changed in the folder is shared too. @default false */
  readonly isBoth?: boolean;
  /** What nobody of the group shares any more is removed here; with `isBoth` what is removed here is shared no more. @default false */
  readonly isDeleting?: boolean;
  /** Only items whose names match, by the rules of `.gitignore`. @default all */
  readonly only?: readonly string[];
  /** No items whose names match; of folders that are shared no files that do. @default none */
  readonly exclude?: readonly string[];
  /** A file on which so long nothing comes is tried again later; 0 waits for ever. */
  readonly timeoutMs: number;
  /** Aborted when it is to end; what is under way is saved. */
  readonly signal?: AbortSignal;
}

/** How far it is. */
export interface SyncProgress {
  /** `checking`: it is looked what is where; `waiting`: all is the same, as far as that is possible. */
  readonly state: 'checking' | 'working' | 'waiting';
  /** Items of the group that are to be here, how many are, and how many are to be fetched or shared. */
  readonly files: number;
  readonly here: number;
  readonly toFetch: number;
  readonly toShare: number;
  /** Bytes of what is to be fetched, since it was last waiting, and how many of them are here. */
  readonly size: number;
  readonly done: number;
  /** The largest of those that are fetched now. */
  readonly parts: readonly SyncPart[];
}

/** An item that is fetched, or read to be shared. */
export interface SyncPart {
  readonly fileName: string;
  readonly size: number;
  readonly done: number;
  readonly phase?: 'reading';
}

/** What was done with an item. */
export type SyncStepKind =
  /** It came, and was not here before. */
  | 'fetched'
  /** A newer version came; what was here in its place is kept under `kept`, if anybody could want it. */
  | 'newer'
  /** What is here is shared, as new or as the newer version. */
  | 'shared'
  | 'shared-newer'
  /** It was removed here, because nobody shares it any more. */
  | 'gone'
  /** It is shared no more, because it was removed here. */
  | 'ended'
  /** It is left as it is, see `error`. */
  | 'left'
  /** It is tried again later. */
  | 'failed';

/** What came of a sync that has ended by itself. */
export interface SyncReport {
  /** Items of the group that are to be here, and how many are. */
  readonly files: number;
  readonly here: number;
  readonly fetched: number;
  readonly shared: number;
  readonly removed: number;
  /** Bytes that were fetched. */
  readonly bytes: number;
  readonly elapsedMs: number;
  /** The first of those with which it failed, or that were left as they are; `failed` counts all. */
  readonly failures: readonly SyncFailure[];
  readonly failed: number;
}

export interface SyncFailure extends WireError {
  readonly fileName: string;
}
