/** The task of a thread that makes the files of a downloaded folder. */
import type { FolderStamps } from '../../net/folder-stamps.js';
import type { MessagePort } from 'node:worker_threads';
import type { GrowingFolderSource } from './content.js';

/** What became of an entry; see `outcomes` of the task. */
export const ENTRY_OUTCOMES = {
  /** It is in the tree, whole. */
  made: 0,
  /** What lies at the destination is the same. */
  same: 1,
  /** Something else lies at the destination; what belongs there is in the tree. */
  differs: 2,
  /** It is not chosen, and not looked at. */
  leftOut: 3,
} as const;

/** What making the entries of a folder takes, by their places in the table, in shared memory. */
export interface EntryFacts {
  /** 1 for an empty folder. */
  readonly isFolder: Uint8Array;
  /** 1 for what is not to be made. */
  readonly isLeftOut: Uint8Array;
  readonly isExecutable: Uint8Array;
  /** Milliseconds since 1970. */
  readonly mtimesMs: Float64Array;
  readonly sizes: Float64Array;
  /** Where each begins in the sequence; of no meaning without bytes. */
  readonly starts: Float64Array;
}

export interface UnpackTask {
  readonly port: MessagePort;
  readonly content: GrowingFolderSource;
  readonly facts: EntryFacts;
  /** Which entries: `firstEntry` to `firstEntry + entryCount - 1`. */
  readonly firstEntry: number;
  readonly entryCount: number;
  /** Something lies at the destination. */
  readonly isCompleting: boolean;
  /** What is made is to outlive a power cut. */
  readonly isSynced: boolean;
  /** See ParcelTask; the first task of a thread decides. */
  readonly syncsAtATime: number;
  /** One of `ENTRY_OUTCOMES` for each entry of the folder. */
  readonly outcomes: Uint8Array;
  /** Of each file that was made, as it was then. */
  readonly stamps: FolderStamps;
}

export type MainToUnpack = { readonly type: 'close' };
