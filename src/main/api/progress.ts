/** Where downloads and uploads stand and how they ended, as plain data for every face of a client. */
import type { WireError } from '../../net/errors.js';
import type { Priority } from '../home/download-turn.js';

/** Where a download stands, for progress bars and lists. */
export interface DownloadProgress {
  /** Names the download within one engine. */
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  /** The content that is downloaded; its name may stand for a newer one by now. */
  readonly fileId: string;
  /** Absolute path of the finished file. */
  readonly path: string;
  readonly state:
    /** In line for its turn, at `place`. */
    | 'queued'
    | 'checking'
    /** What this machine has of it already is copied. */
    | 'copying'
    | 'downloading'
    | 'finishing'
    | 'complete'
    | 'failed'
    | 'cancelled'
    /** Stopped by `pause`; it goes on when it is resumed or asked for again, and by nothing else. */
    | 'paused'
    /** Nobody downloads it; it goes on when it is asked for again, or with the next `serve`. */
    | 'interrupted';
  /** Bytes of the file. */
  readonly size: number;
  /** Bytes that are verified and written. */
  readonly verified: number;
  /** Bytes of pieces that are on the disk and noted to be: what survives whatever happens. */
  readonly kept: number;
  /** Bytes that this run has fetched. */
  readonly fetched: number;
  /** Received just now, averaged over about two seconds. */
  readonly bytesPerSecond: number;
  readonly peers: readonly PeerProgress[];
  /**
   * Of a download that somebody reads while it comes: the file in which its content is now, and how many bytes from
   * the beginning of it are verified and written. Of a folder, which only those read who fetch it for guests, its part
   * folder, and the place in its sequence of pieces. Absent as long as there is none.
   */
  readonly readable?: { readonly path: string; readonly bytes: number };
  /** In the line, from 1; set only in state `queued`. */
  readonly place?: number;
  /** For so long the disk has taken nothing of what came, in milliseconds; absent while it takes it. */
  readonly diskWaitMs?: number;
  /** For so long it had taken nothing, in milliseconds; set for a while after that. */
  readonly diskWaitedMs?: number;
  /** Set only in state `failed`: one sentence that says what to do. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** What one peer has contributed to a download. */
export interface PeerProgress {
  readonly userId: string;
  readonly deviceId: string;
  readonly address: string;
  /** It came because it was called, or all passes through a relay; absent when it was dialled. */
  readonly way?: 'called' | 'relayed';
  /** The member through whom all passes; absent of the tracker's relay. */
  readonly relayedBy?: string;
  readonly state: 'connecting' | 'active' | 'snubbed' | 'gone' | 'banned';
  /** Where it is looked for; absent once it was met. */
  readonly tried?: readonly string[];
  /** Verified bytes from this peer. */
  readonly bytes: number;
  readonly badPieces: number;
  /** Why it is gone or banned, or why the attempt before this one ended; for people. */
  readonly reason?: string;
}

/** The end of a download. */
export interface DownloadSummary {
  readonly path: string;
  /** Where the older version is kept whose place it took. */
  readonly olderPath?: string;
  readonly size: number;
  /** Bytes that this run fetched (less than `size` when it resumed). */
  readonly fetched: number;
  /** Bytes that were copied from other things which this client shares. */
  readonly reused: number;
  readonly elapsedMs: number;
  /** Where the time went: waiting for the tracker and the first byte, transfer, finish. */
  readonly phasesMs: {
    readonly connect: number;
    readonly transfer: number;
    readonly finish: number;
  };
  readonly peers: readonly PeerProgress[];
}

/** Where a check of files stands. */
export interface VerifyProgress {
  /** The file that is read, or repaired. */
  readonly fileName: string;
  readonly phase: 'reading' | 'repairing';
  readonly files: number;
  readonly filesDone: number;
  /** Bytes of all files, and of what was read of them; while one is repaired, of that one. */
  readonly size: number;
  readonly done: number;
}

/** What a check of files has found. */
export interface VerifyReport {
  readonly files: number;
  /** Bytes that were read. */
  readonly bytes: number;
  readonly elapsedMs: number;
  /** Files that are not whole, or were not before they were repaired. */
  readonly flawed: readonly FlawedFile[];
}

/** A file that is not what was shared or downloaded. */
export interface FlawedFile {
  readonly groupId: string;
  readonly fileName: string;
  readonly path: string;
  readonly size: number;
  /**
   * `damaged`: nobody wrote to it; `changed`: somebody did; `unsteady`: while it was read; `missing`:
   * it is not there, or cannot be read.
   */
  readonly state: 'damaged' | 'changed' | 'unsteady' | 'missing';
  /** Of a damaged one. */
  readonly badPieces: number;
  readonly badBytes: number;
  /** Where the first of those bytes are: offsets, the end not included. */
  readonly ranges: readonly { readonly from: number; readonly to: number }[];
  /** Of a folder, instead: the first files in which they are. */
  readonly files?: readonly string[];
  /** What came of repairing it, when that was asked for. */
  readonly repair?:
    | { readonly state: 'repaired'; readonly fetched: number }
    | {
        readonly state: 'failed';
        readonly error: { readonly code: string; readonly message: string };
      };
  /** Where what somebody had changed is since the repair; of a folder a folder with those files. */
  readonly olderPath?: string;
}

/** A download that was paused, or goes on. */
export interface HeldDownload {
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  /** Where the finished file will be. */
  readonly path: string;
  /** Bytes on the disk, of so many. */
  readonly kept: number;
  readonly size: number;
  /** Set when it could not go on, where several files were named. */
  readonly error?: WireError;
}

/** A download that was moved in the line. */
export interface MovedDownload {
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  /** Where the finished file will be. */
  readonly path: string;
  readonly priority: Priority;
  /** Its place in the line of so many, from 1. */
  readonly place: number;
  readonly of: number;
}

/** A download that was ended for good, or taken off the list. */
export interface UnwantedDownload {
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  /** Where the finished file is, or would have been. */
  readonly path: string;
  /** Bytes on disk that the removal of its part file gave back. */
  readonly freedBytes: number;
  /** Set when something that is not ours has the name of its part file; it stays. */
  readonly foreignPath?: string;
  /** Set when it could not be done of this one, where several were named. */
  readonly error?: WireError;
}

export interface UploadProgress {
  readonly fileName: string;
  readonly size: number;
  /** Bytes hashed so far. */
  readonly hashed: number;
}

export interface UploadResult {
  readonly name: string;
  readonly size: number;
  readonly fileId: string;
  readonly outcome: 'created' | 'source-added' | 'already-shared' | 'replaced';
  /** Of a folder. */
  readonly folder?: { readonly files: number; readonly leftOut: LeftOut };
}

/** What is in a shared folder and cannot be in its table. */
export interface LeftOut {
  readonly count: number;
  /** The first of them, by their paths in the folder. */
  readonly first: readonly { readonly path: string; readonly why: 'link' | 'special' }[];
}
