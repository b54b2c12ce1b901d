/** Where downloads and uploads stand and how they ended, as plain data for every face of a client. */
/** Where a download stands, for progress bars and lists. */
export interface DownloadProgress {
  /** Names the download within one engine. */
  readonly id: string;
  readonly groupId: string;
  readonly fileName: string;
  /** Absolute path of the finished file. */
  readonly path: string;
  readonly state:
    'waiting' | 'checking' | 'downloading' | 'finishing' | 'complete' | 'failed' | 'cancelled';
  /** Bytes: of the file, verified on disk, and of those fetched by this run. */
  readonly size: number;
  readonly verified: number;
  readonly fetched: number;
  /** Received just now, averaged over about two seconds. */
  readonly bytesPerSecond: number;
  readonly peers: readonly PeerProgress[];
  /** Set only in state `failed`: one sentence that says what to do. */
  readonly error?: { readonly code: string; readonly message: string };
}

/** What one peer has contributed to a download. */
export interface PeerProgress {
  readonly userId: string;
  readonly deviceId: string;
  readonly address: string;
  readonly state: 'connecting' | 'active' | 'snubbed' | 'gone' | 'banned';
  /** Verified bytes from this peer. */
  readonly bytes: number;
  readonly badPieces: number;
  /** Why it is gone or banned, for people. */
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
  readonly elapsedMs: number;
  /** Where the time went: waiting for the tracker and the first byte, transfer, finish. */
  readonly phasesMs: {
    readonly connect: number;
    readonly transfer: number;
    readonly finish: number;
  };
  readonly peers: readonly PeerProgress[];
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
}
