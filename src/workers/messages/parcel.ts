/** The task of a thread that fetches small files from one peer, many at a time. */
import type { WireError } from '../../net/errors.js';
import type { PeerAddress } from '../../net/tracker-api.js';
import type { PeerSessionTask } from './peer-session.js';

/** A file of one piece that is made as a whole: it has its final name when it is told of. */
export interface ParcelFile {
  /** By which both ends speak of it. */
  readonly number: number;
  readonly fileId: string;
  /** Bytes, at least one. */
  readonly size: number;
  /** The 20 bytes it must hash to. */
  readonly sha1: Uint8Array;
  /** Absolute; nothing has that name. */
  readonly partPath: string;
  /** Absolute, in the same folder. */
  readonly path: string;
}

/** What a file is once it has its name; see main/disk/file-stamp.ts. */
export interface NewFileStamp {
  readonly size: number;
  readonly mtimeNs: bigint;
  readonly inode: bigint;
  readonly ctimeNs: bigint;
  readonly device: bigint;
}

/** What became of one; without a stamp it comes to nothing here, and nothing of it is left. */
export interface ParcelResult {
  readonly number: number;
  readonly stamp: NewFileStamp | undefined;
}

/** The session begins with the files that come along. */
export interface ParcelTask extends Omit<PeerSessionTask, 'met' | 'first' | 'pipelineBytes'> {
  readonly files: readonly ParcelFile[];
  /** What is told of is on the disk, but for its name. */
  readonly isSynced: boolean;
  /** Counts what is done to the disk, see net/write-count.ts. */
  readonly writes: SharedArrayBuffer;
  /** Syncs of small files that the thread may have under way. */
  readonly syncsAtATime: number;
}

export type MainToParcel =
  | { readonly type: 'fetch'; readonly files: readonly ParcelFile[] }
  /** These are not wanted any more; each is answered, as it was before or as nothing. */
  | { readonly type: 'give-up'; readonly numbers: readonly number[] }
  | { readonly type: 'ticket'; readonly ticket: Uint8Array }
  | { readonly type: 'close' };

export type ParcelToMain =
  /** The device has proven its key there. */
  | {
      readonly type: 'proven';
      readonly address: PeerAddress;
      /** Addresses whose turn did not come. */
      readonly undialled: readonly PeerAddress[];
    }
  /** Each file is in one of these, once. */
  | { readonly type: 'results'; readonly results: readonly ParcelResult[] }
  /** See PeerSessionToMain. */
  | { readonly type: 'received'; readonly bytes: number }
  /** The last message, after the results of all that it was told of. */
  | {
      readonly type: 'ended';
      readonly error: WireError | undefined;
      readonly proven?: PeerAddress;
    };
